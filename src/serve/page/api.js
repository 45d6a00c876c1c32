// Calls to the server, and what it says when it refuses one.

import {ofTab} from './stored.js';

const ROOT = '/imagine/v1';
const STORED_KEY = 'imagine.key';

export class ApiError extends Error {
  constructor(status, {code, message, field}, retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;  // seconds; of 429 alone
  }
}

// No answer came: the server cannot be reached, or the connection broke.
export class ConnectionError extends Error {}

export function setKey(key) {
  ofTab.set(STORED_KEY, key);
}

let askForKey = async () => false;

// `ask` is called where the server wants a key; it resolves to whether there is one to try.
export function onKeyWanted(ask) {
  askForKey = ask;
}

async function errorOf(response) {
  const retryAfter = Number(response.headers.get('Retry-After')) || 2;
  try {
    const {error} = await response.json();
    return new ApiError(response.status, error, retryAfter);
  } catch {
    const problem = {code: 'server_error', message: `${response.status} ${response.statusText}`};
    return new ApiError(response.status, problem, retryAfter);
  }
}

// The response of a request that was granted; ApiError or ConnectionError else.
export async function call(path, {headers = {}, ...options} = {}) {
  while (true) {
    const key = ofTab.get(STORED_KEY);
    const authorization = key ? {Authorization: `Bearer ${key}`} : {};
    let response;
    try {
      response = await fetch(path, {...options, headers: {...headers, ...authorization}});
    } catch (problem) {
      if (problem.name === 'AbortError') throw problem;
      throw new ConnectionError(problem.message);
    }
    if (response.ok) return response;
    if (response.status === 401 && await askForKey(key !== null)) continue;
    throw await errorOf(response);
  }
}

async function json(path, options) {
  const response = await call(path, options);
  try {
    return await response.json();
  } catch (problem) {
    throw new ConnectionError(problem.message);  // it broke off in the middle
  }
}

export async function pictureAt(url) {
  const response = await call(url);
  try {
    return await response.blob();
  } catch (problem) {
    throw new ConnectionError(problem.message);
  }
}

export const capabilities = () => json(`${ROOT}/capabilities`);
export const queue = () => json(`${ROOT}/jobs`);
export const jobAt = (id) => json(`${ROOT}/jobs/${encodeURIComponent(id)}`);
export const cancelJob = (id) =>
    json(`${ROOT}/jobs/${encodeURIComponent(id)}/cancel`, {method: 'POST'});

export function recipeIn(picture) {
  return json(`${ROOT}/recipe`, {
    method: 'POST', body: picture,
    headers: {'Content-Type': picture.type || 'application/octet-stream'},
  });
}

// The same `once` never makes a second job, however often it is sent.
export function postJob(request, once) {
  return json(`${ROOT}/jobs`, {
    method: 'POST', body: JSON.stringify(request),
    headers: {'Content-Type': 'application/json', 'Idempotency-Key': once},
  });
}
