// Follows a job to its end, through lost connections.

import {ApiError, call, jobAt} from './api.js';
import {eventsOf} from './stream.js';

// A browser opens few connections to one server, over all its tabs. So few jobs are followed by
// their events; the others ask now and then.
const MOST_STREAMS = 2;
const ASK_EVERY = 900;             // milliseconds
const SILENCE = 45_000;            // after so long without a word the connection is taken for lost
const FIRST_WAIT = 500, LONGEST_WAIT = 8_000;

let streams = 0;

export const isFinal = (job) => ['succeeded', 'canceled', 'failed'].includes(job.status);

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Calls seen.job(job), seen.preview(preview), seen.output(output) and seen.connection(is there).
// Resolves to the job at its end; ApiError where the server knows it no more.
export async function follow(job, seen) {
  let wait = FIRST_WAIT;
  while (!isFinal(job)) {
    try {
      if (streams < MOST_STREAMS) await readEvents(job, seen, () => { wait = FIRST_WAIT; });
      else await pause(ASK_EVERY);
      job = await jobAt(job.id);
      seen.connection(true);
      seen.job(job);
    } catch (problem) {
      if (problem instanceof ApiError && problem.status < 500 && problem.status !== 429) {
        throw problem;
      }
      seen.connection(false);
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
  return job;
}

async function readEvents(job, seen, heard) {
  const stop = new AbortController();
  let silence;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENCE);
  };
  ++streams;
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
    --streams;
  }
}
