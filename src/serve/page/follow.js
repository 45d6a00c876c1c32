// Follows a job to its end, through lost connections.

import {ApiError, call, jobAt} from './api.js';
import {eventsOf} from './stream.js';

// A browser opens few connections to one server, over all its tabs. So few jobs are followed by
// their events; the others ask now and then.
const STREAMS = ['imagine.stream.1', 'imagine.stream.2'];
const ASK_EVERY = 900;             // milliseconds
const SILENCE = 45_000;            // after so long without a word the connection is taken for lost
const FIRST_WAIT = 500, LONGEST_WAIT = 8_000;

let streams = 0;  // of this tab, where tabs cannot agree

// Whether it may be otherwise a little later.
export const mayPass = (problem) =>
    !(problem instanceof ApiError) || problem.status >= 500 || problem.status === 429;

export const isFinal = (job) => ['succeeded', 'canceled', 'failed'].includes(job.status);

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Calls seen.job(job), seen.preview(preview), seen.output(output) and seen.connection(is there).
// Resolves to the job at its end; ApiError where the server knows it no more.
export async function follow(job, seen) {
  let wait = FIRST_WAIT;
  while (!isFinal(job)) {
    try {
      const read = () => readEvents(job, seen, () => { wait = FIRST_WAIT; });
      if (!await withStream(read)) await pause(ASK_EVERY);
      job = await jobAt(job.id);
      seen.connection(true);
      seen.job(job);
    } catch (problem) {
      if (!mayPass(problem)) throw problem;
      seen.connection(false);
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
  return job;
}

// Holds one of the streams that all tabs have together while `read` runs. Whether there was one.
async function withStream(read) {
  if (!navigator.locks) {  // a page without https that is not of this machine: each tab counts alone
    if (streams === STREAMS.length) return false;
    ++streams;
    try {
      await read();
    } finally {
      --streams;
    }
    return true;
  }
  for (const name of STREAMS) {
    const had = await navigator.locks.request(name, {ifAvailable: true}, async (lock) => {
      if (lock) await read();
      return lock !== null;
    });
    if (had) return true;
  }
  return false;
}

async function readEvents(job, seen, heard) {
  const stop = new AbortController();
  let silence;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENCE);
  };
  try {
    listen();
    const response = await call(job.urls.events, {signal: stop.signal});
    for await (const {name, data} of eventsOf(response, stop.signal)) {
      listen();
      heard();
      seen.connection(true);
      if (!data) continue;
      if (name === 'preview') seen.preview(data);
      else if (name === 'output') seen.output(data);
      else seen.job(data);
    }
  } finally {
    clearTimeout(silence);
  }
}
