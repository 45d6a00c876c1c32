// The jobs of this page: sent one after the other, followed, canceled, and taken up again after
// the page was loaded anew.
//
// An entry: {key, request, about, state, job, previews, retryAt, error, offline}
//   state   'waiting' (here), 'sending', 'busy' (all of a sudden too many; retryAt says when it is
//           tried again), 'sent', 'done', 'canceled', 'failed'
//   about   what the page wants to remember of it: the form it came from, its place in a grid

import {ApiError, ConnectionError, cancelJob, pictureAt, postJob} from './api.js';
import {follow, mayPass} from './follow.js';
import {ofBrowser} from './stored.js';

const MOST_AT_SERVER = 6;
const STORED = 'imagine.jobs';

export class Jobs extends EventTarget {
  entries = [];
  #sending = false;
  #own = new Set();  // ids of the jobs that this tab follows or has followed

  add(request, about) {
    const entry = newEntry(request, about);
    this.entries.push(entry);
    this.#tell('added', entry);
    this.#send();
    return entry;
  }

  async cancel(entry) {
    entry.wanted = false;
    if (entry.state === 'waiting' || entry.state === 'busy') {
      this.#end(entry, 'canceled');
    } else if (entry.job) {
      entry.canceling = true;
      this.#tell('changed', entry);
      await cancelJob(entry.job.id).catch(() => { entry.canceling = false; });
      this.#tell('changed', entry);
    }
  }

  // Sends the same again.
  again(entry) {
    this.dismiss(entry);
    return this.add(entry.request, entry.about);
  }

  dismiss(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.#tell('removed', entry);
  }

  unsent() {
    return this.entries.filter(({state}) => ['waiting', 'sending', 'busy'].includes(state)).length;
  }

  // Takes up the jobs that the page had sent when it was left.
  resume() {
    for (const {id, about} of stored()) {
      const entry = newEntry({}, about);
      entry.resumed = true;
      this.entries.push(entry);
      this.#tell('added', entry);
      this.#sent(entry, {id, status: 'queued',
                         urls: {events: `/imagine/v1/jobs/${encodeURIComponent(id)}/events`}});
    }
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    while (true) {
      const atServer = this.entries.filter(({state}) => state === 'sent').length;
      const next = this.entries.find(({state}) => state === 'waiting');
      if (!next || atServer >= MOST_AT_SERVER) break;
      await this.#sendOne(next);
    }
    this.#sending = false;
  }

  async #sendOne(entry) {
    entry.state = 'sending';
    this.#tell('changed', entry);
    try {
      const job = await postJob(entry.request, entry.key);
      this.#sent(entry, job);
      if (entry.wanted === false) this.cancel(entry);
    } catch (problem) {
      const busy = problem instanceof ApiError && problem.status === 429;
      if (!busy && !(problem instanceof ConnectionError)) {
        this.#fail(entry, problem);
        return;
      }
      entry.offline = !busy;
      await this.#waitToSend(entry, busy ? problem.retryAfter : 3);
    }
  }

  async #waitToSend(entry, seconds) {
    if (entry.wanted === false) return this.#end(entry, 'canceled');
    entry.state = 'busy';
    entry.retryAt = Date.now() + seconds * 1000;
    this.#tell('changed', entry);
    while (entry.state === 'busy' && Date.now() < entry.retryAt) {
      await new Promise((done) => setTimeout(done, 200));
    }
    if (entry.state === 'busy') entry.state = 'waiting';
  }

  #sent(entry, job) {
    entry.state = 'sent';
    entry.offline = false;
    entry.job = job;
    this.#own.add(job.id);
    this.#store();
    this.#tell('changed', entry);
    this.#follow(entry);
  }

  async #follow(entry) {
    const outputs = new Map();  // index -> what fetches and keeps it
    const take = (output, index) => {
      if (!outputs.has(index)) outputs.set(index, this.#take(entry, output, index));
    };
    try {
      const job = await follow(entry.job, {
        job: (seen) => {
          entry.job = seen;
          seen.outputs?.forEach(take);
          this.#tell('changed', entry);
        },
        preview: (preview) => {
          entry.previews.set(preview.picture, preview.image);
          this.#tell('preview', entry, {preview});
        },
        output: ({index, ...output}) => take(output, index),
        connection: (isThere) => {
          if (entry.offline === !isThere) return;
          entry.offline = !isThere;
          this.#tell('changed', entry);
        },
      });
      entry.job = job;
      job.outputs?.forEach(take);
      await Promise.all(outputs.values());
      if (job.status === 'failed') this.#fail(entry, job.error);
      else this.#end(entry, job.status === 'canceled' ? 'canceled' : 'done');
    } catch (problem) {
      // What was drawn long before the page was opened again is there no more.
      if (entry.resumed && [404, 410].includes(problem.status)) this.#end(entry, 'canceled');
      else this.#fail(entry, problem);
    }
  }

  // Fetches a picture, however often the connection breaks.
  async #take(entry, output, index) {
    for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
      try {
        const blob = await pictureAt(output.url);
        entry.ready.set(index, output);
        this.#tell('output', entry, {output, index, blob});
        return;
      } catch (problem) {
        if (!mayPass(problem)) throw problem;
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  #fail(entry, error) {
    entry.error = error;
    this.#end(entry, 'failed');
  }

  #end(entry, state) {
    entry.state = state;
    if (state !== 'failed') this.entries = this.entries.filter((other) => other !== entry);
    this.#store();
    this.#tell('ended', entry);
    this.#send();
  }

  // What other tabs follow is theirs to take away.
  #store() {
    const sent = this.entries.filter(({state}) => state === 'sent');
    const others = stored().filter(({id}) => !this.#own.has(id));
    const kept = [...others, ...sent.map(({job, about}) => ({id: job.id, about}))];
    ofBrowser.set(STORED, JSON.stringify(kept));
  }

  #tell(name, entry, more = {}) {
    this.dispatchEvent(new CustomEvent(name, {detail: {entry, ...more}}));
  }
}

function newEntry(request, about) {
  const key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36));
  return {key: key.join(''), request, about, state: 'waiting', job: null, previews: new Map(),
          ready: new Map(), wanted: true, offline: false};
}

function stored() {
  try {
    return JSON.parse(ofBrowser.get(STORED)) ?? [];
  } catch {
    return [];
  }
}
