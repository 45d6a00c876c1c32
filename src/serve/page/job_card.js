// A job on its way: what is drawn, how far it is, and the button that ends it.

import {isFinal} from './follow.js';
import {element, iconButton} from './element.js';
import {addressOf} from './pictures.js';
import {ratioOf} from './shape_field.js';
import {number, say, sayPlainly, words} from './words.js';

export class JobCard {
  #entry;
  #prompt = element('p', {class: 'job-prompt'});
  #status = element('p', {class: 'job-status'});
  #bar = element('div', {class: 'bar-fill'});
  #progress = element('div', {class: 'bar', role: 'progressbar', sayLabel: 'progress',
                              'aria-valuemin': 0, 'aria-valuemax': 100}, this.#bar);
  #tiles = element('div', {class: 'previews'});
  #cancel;
  #failed;

  // `before` says how many jobs of this page are sent before this one.
  constructor(entry, jobs, before) {
    this.#entry = entry;
    this.before = before;
    this.#cancel = element('button', {type: 'button', class: 'quiet', say: 'cancel',
                                      onclick: () => jobs.cancel(entry)});
    this.#failed = element('span', {class: 'job-failed', hidden: true},
        element('button', {type: 'button', class: 'secondary', say: 'again',
                           onclick: () => jobs.again(entry), hidden: Boolean(entry.resumed)}),
        iconButton('close', 'dismiss', () => jobs.dismiss(entry)));
    this.node = element('article', {class: 'card job'},
        element('div', {class: 'job-head'}, this.#prompt, this.#cancel, this.#failed),
        this.#progress, this.#status, this.#tiles);
    this.show();
  }

  show() {
    const {state, job, request, canceling} = this.#entry;
    const prompt = request.prompt || job?.request?.prompt;
    if (prompt) sayPlainly(this.#prompt, prompt);
    else say(this.#prompt, `task_${request.task ?? job?.request?.task ?? 'generate'}`);
    this.node.classList.toggle('failed', state === 'failed');
    this.#cancel.hidden = state === 'failed';
    this.#cancel.disabled = Boolean(canceling);
    this.#failed.hidden = state !== 'failed';
    this.#progress.hidden = state === 'failed';
    this.#showProgress();
    this.#showStatus();
    this.#showTiles(request.count ?? job?.request?.count ?? 1);
  }

  showPreview({picture, image}) {
    const tile = this.#tiles.children[picture];
    if (tile && !tile.dataset.done) this.#picture(tile, image);
  }

  showOutput(index, blob) {
    const tile = this.#tiles.children[index];
    if (!tile) return;
    tile.dataset.done = 'yes';
    this.#picture(tile, addressOf(blob));
  }

  #picture(tile, source) {
    const image = tile.querySelector('img') ?? tile.appendChild(element('img', {alt: ''}));
    image.src = source;
  }

  #showTiles(count) {
    while (this.#tiles.children.length < count) {
      const tile = element('div', {class: 'preview'});
      tile.style.aspectRatio = ratioOf(this.#entry.request.aspect);
      this.#tiles.append(tile);
    }
    const {state, job, previews, ready} = this.#entry;
    const isQueued = !job || job.status === 'queued';  // a queue is a short list
    this.#tiles.hidden = state === 'failed' || (isQueued && previews.size + ready.size === 0);
    for (const [picture, image] of this.#entry.previews) this.showPreview({picture, image});
  }

  #showProgress() {
    const value = Math.min(1, this.#entry.job?.progress?.value ?? 0);
    const isRunning = this.#entry.job?.status === 'running';
    this.#progress.classList.toggle('waits', !isRunning);
    this.#bar.style.transform = `scaleX(${value})`;
    const percent = Math.round(value * 20) * 5;
    if (isRunning) this.#progress.setAttribute('aria-valuenow', percent);
    else this.#progress.removeAttribute('aria-valuenow');
  }

  #showStatus() {
    const {state, job, error, retryAt, offline, canceling} = this.#entry;
    const status = this.#status;
    if (state === 'failed') return sayPlainly(status, error.message);
    if (canceling) return say(status, 'canceling');
    if (state === 'busy') {
      const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
      return say(status, offline ? 'retryOffline' : 'retryBusy', {seconds});
    }
    if (offline) return say(status, 'offline');
    if (state === 'waiting') return say(status, 'waitsHere', {before: this.before(this.#entry)});
    if (state === 'sending' || !job) return say(status, 'sending');
    if (job.status === 'queued') return say(status, 'queued', {before: job.queue_position ?? 0});
    if (isFinal(job)) return say(status, 'fetching');
    return this.#sayRunning(job.progress);
  }

  #sayRunning(progress) {
    if (!progress?.stage_size) return say(this.#status, 'starts');
    const {stage_size: size, step, steps, picture, together, pictures, seconds_left: left} = progress;
    say(this.#status, 'running', {size, step, steps, left: timeLeft(left), pictures, first: picture + 1,
                                  last: Math.min(picture + (together || 1), pictures)});
  }
}

function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds >= 90) return words('minutesLeft', {count: number(seconds / 60, 0)});
  return words('secondsLeft', {count: number(seconds, seconds < 10 ? 1 : 0)});
}
