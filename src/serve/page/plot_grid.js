// A grid of pictures that differ in one or two settings, as it is drawn and after.

import {announce} from './announce.js';
import {byId, element, icon, iconButton} from './element.js';
import {addressOf, blobOf, download} from './pictures.js';
import {labelOf} from './plot_axes.js';
import {plotPicture} from './plot_picture.js';
import {say, sayPlainly} from './words.js';

const idOf = (plotId) => `plot-${plotId}`;

// Whether the pictures of this grid are shown in it.
export const hasGrid = (plotId) => byId(idOf(plotId)) !== null;

export class PlotGrid {
  #plot;                 // {id, axes, title, ratio}
  #jobs;
  #actions;
  #entries = new Set();  // those not drawn yet
  #cells = [];           // rows of {node, label, picture}
  #status = element('p', {class: 'job-status'});
  #save;
  #cancel;
  #node;

  // `pictures` are those of the grid that are drawn already; `left` is called when it is dismissed.
  constructor(plot, {jobs, actions, pictures, left}) {
    this.#plot = plot;
    this.#jobs = jobs;
    this.#actions = actions;
    this.#build(left);
    for (const picture of pictures) this.#fill(this.#cellOf(picture.plot), picture);
    this.#listen();
    this.#show();
  }

  #cellOf({row, column}) {
    return this.#cells[row][column];
  }

  #listen() {
    const listen = (name, action) => this.#jobs.addEventListener(name, ({detail}) => {
      const place = detail.entry.about.plot;
      if (place?.id !== this.#plot.id) return;
      action(detail, this.#cellOf(place));
      if (name !== 'preview') this.#show();
    });
    listen('added', ({entry}) => this.#entries.add(entry));
    listen('preview', ({preview}, cell) => this.#picture(cell, preview.image));
    listen('output', ({picture}, cell) => this.#fill(cell, picture));
    listen('ended', ({entry}, cell) => {
      this.#entries.delete(entry);
      if (entry.state === 'failed') {
        const {message} = entry.error;
        cell.node.replaceChildren(element('p', {class: 'error', text: message}));
        cell.node.setAttribute('aria-label', `${cell.label}: ${message}`);
      }
      cell.node.classList.toggle('left-out', entry.state === 'canceled');
      if (this.#entries.size === 0) announce('plotDone');
    });
  }

  #fill(cell, picture) {
    cell.picture = picture;
    cell.node.disabled = false;
    this.#picture(cell, addressOf(picture.blob));
  }

  #picture(cell, source) {
    const image = cell.node.querySelector('img') ??
                  cell.node.appendChild(element('img', {alt: cell.label}));
    image.src = source;
  }

  #build(left) {
    const {axes: {x, y}, title, ratio, id} = this.#plot;
    const hasRows = y.what !== 'none';
    const labels = [];  // functions that write them, in the language of the moment
    const label = (scope, axis, value) => {
      const node = element('th', {scope});
      labels.push(() => { node.textContent = labelOf(axis, value); });
      return node;
    };
    const head = element('tr', {}, hasRows ? element('td') : null,
                         ...x.values.map((value) => label('col', x, value)));
    const rows = y.values.map((yValue) => {
      const cells = x.values.map((xValue) => this.#cell([labelOf(x, xValue), labelOf(y, yValue)]));
      this.#cells.push(cells);
      const rowHead = hasRows ? label('row', y, yValue) : null;
      return element('tr', {}, rowHead, ...cells.map(({node}) => element('td', {}, node)));
    });
    const write = () => labels.forEach((each) => each());
    write();
    document.addEventListener('languagechosen', write);
    const heading = element('p', {class: 'job-prompt'});
    sayPlainly(heading, title);
    this.#save = element('button', {type: 'button', class: 'secondary', onclick: () => this.#download()},
                         icon('download'), element('span', {say: 'downloadGrid'}));
    this.#cancel = element('button', {type: 'button', class: 'quiet', say: 'cancel',
                                      onclick: () => this.#stop()});
    const leave = iconButton('close', 'dismiss', () => {
      this.#stop();
      this.#node.remove();
      left();
      byId('prompt').focus();
    });
    this.#node = element('article', {class: 'card plot', id: idOf(id)},
        element('div', {class: 'job-head'}, heading, this.#cancel, this.#save, leave), this.#status,
        element('div', {class: 'plot-scroll', tabindex: 0, role: 'region', sayLabel: 'plotTable'},
                element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows))));
    this.#node.style.setProperty('--ratio', ratio);
    byId('plots').prepend(this.#node);
  }

  #cell(labels) {
    const label = labels.filter((text) => text !== '').join(', ');
    const cell = {label, picture: null};
    cell.node = element('button', {type: 'button', class: 'cell', 'aria-label': label, disabled: true,
                                   onclick: () => this.#actions.open(cell.picture)});
    return cell;
  }

  #show() {
    const all = this.#cells.flat(), ready = all.filter(({picture}) => picture).length;
    const isDone = this.#entries.size === 0;
    this.#cancel.hidden = isDone;
    this.#save.hidden = ready === 0;
    this.#status.hidden = isDone && ready === all.length;
    say(this.#status, isDone ? 'plotPart' : 'plotProgress', {ready, count: all.length});
  }

  #stop() {
    for (const entry of [...this.#entries]) this.#jobs.cancel(entry);
  }

  async #download() {
    const {axes: {x, y}, title} = this.#plot;
    const canvas = await plotPicture({
      title,
      columns: x.values.map((value) => labelOf(x, value)),
      rows: y.values.map((value) => labelOf(y, value)),
      pictures: this.#cells.map((row) => row.map(({picture}) => picture?.blob ?? null)),
    });
    download(await blobOf(canvas), 'grid.png');
  }
}
