// The cards of all jobs on their way.

import {byId, element} from './element.js';
import {JobCard} from './job_card.js';
import {hasGrid} from './plot_grid.js';

export class JobList {
  #jobs;
  #cards = new Map();
  #root = byId('jobs');
  #all;

  constructor(jobs) {
    this.#jobs = jobs;
    this.#all = element('button', {type: 'button', class: 'quiet', say: 'cancelAll', onclick: () => {
      for (const entry of [...jobs.entries]) if (this.#cards.has(entry)) jobs.cancel(entry);
    }});
    this.#root.append(element('div', {class: 'jobs-head', hidden: true},
                              element('h2', {say: 'jobs'}), this.#all));
    jobs.addEventListener('added', ({detail: {entry}}) => this.#add(entry));
    jobs.addEventListener('changed', ({detail: {entry}}) => this.#cards.get(entry)?.show());
    jobs.addEventListener('preview', ({detail: {entry, preview}}) =>
        this.#cards.get(entry)?.showPreview(preview));
    jobs.addEventListener('output', ({detail: {entry, index, blob}}) =>
        this.#cards.get(entry)?.showOutput(index, blob));
    jobs.addEventListener('ended', ({detail: {entry}}) => {
      if (entry.state === 'failed') this.#cards.get(entry)?.show();
      else this.#remove(entry);
    });
    jobs.addEventListener('removed', ({detail: {entry}}) => this.#remove(entry));
    setInterval(() => this.#count(), 500);  // what waits counts its seconds
  }

  // Pictures of a grid are shown in the grid.
  #add(entry) {
    if (entry.about.plot && hasGrid(entry.about.plot.id)) return;
    const before = (asked) => this.#jobs.entries.filter(({state}) => state === 'waiting').indexOf(asked);
    const card = new JobCard(entry, this.#jobs, before);
    this.#cards.set(entry, card);
    this.#root.append(card.node);
    this.#showAll();
  }

  #remove(entry) {
    const card = this.#cards.get(entry);
    if (!card) return;
    const hadFocus = card.node.contains(document.activeElement);
    card.node.remove();
    this.#cards.delete(entry);
    this.#showAll();
    if (hadFocus) byId('results').focus({preventScroll: true});
  }

  #showAll() {
    this.#all.parentElement.hidden = this.#cards.size < 2;
  }

  #count() {
    for (const [entry, card] of this.#cards) {
      if (['busy', 'waiting'].includes(entry.state)) card.show();
    }
  }
}
