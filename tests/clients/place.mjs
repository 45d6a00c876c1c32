/** What the scripts in Node share, as place.py and pictures.py: the servers to call, PNG files, the lines that are printed. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

export const PROMPT = 'a red cube on grass';
export const SEED = 7;
export const SIDE = 64; // the smallest size of the embedded model

// PNG files

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

function checksum(bytes) {
  if (crc32) return crc32(bytes); // since Node 20.15
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(kind, body) {
  const head = Buffer.alloc(4), tail = Buffer.alloc(4);
  const named = Buffer.concat([Buffer.from(kind), body]);
  head.writeUInt32BE(body.length);
  tail.writeUInt32BE(checksum(named));
  return Buffer.concat([head, named, tail]);
}

/** A square PNG file of red, green, blue and alpha; colourAt(x, y) gives them. */
function painted(side, colourAt) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = [];
  for (let y = 0; y < side; ++y) {
    rows.push(0);
    for (let x = 0; x < side; ++x) rows.push(...colourAt(x, y));
  }
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0))]);
}

/** OpenAI's mask: transparent where something is drawn anew. */
export const transparentRight = () => painted(SIDE, (x) => [0, 0, 0, x >= SIDE / 2 ? 0 : 255]);

/** Google's mask: white where something is drawn anew. */
export const whiteRight = (side = SIDE) => painted(side, (x) => (x >= side / 2 ? [255, 255, 255, 255] : [0, 0, 0, 255]));

function predicted(kind, left, above, corner) {
  if (kind < 4) return [0, left, above, (left + above) >> 1][kind];
  const guess = left + above - corner;
  const off = [left, above, corner].map((value) => Math.abs(guess - value));
  return [left, above, corner][off.indexOf(Math.min(...off))];
}

/** {width, height, channels, bytes} of a PNG file of 8 bits a channel, not interlaced. */
export function decoded(file) {
  assert.ok(file.subarray(0, 8).equals(SIGNATURE), `expected a PNG file, got ${file.subarray(0, 16).toString('latin1')}`);
  const data = [];
  let header;
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at), kind = file.toString('latin1', at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') header = body;
    if (kind === 'IDAT') data.push(body);
    at += length + 12;
  }
  const width = header.readUInt32BE(0), height = header.readUInt32BE(4), channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[header[9]];
  assert.ok(header[8] === 8 && header[12] === 0 && channels, 'expected 8 bits a channel, not interlaced');
  const rows = inflateSync(Buffer.concat(data)), length = width * channels;
  assert.equal(rows.length, height * (length + 1));
  const bytes = Buffer.alloc(height * length);
  for (let y = 0; y < height; ++y) {
    const kind = rows[y * (length + 1)];
    for (let x = 0; x < length; ++x) {
      const at = y * length + x;
      const left = x >= channels ? bytes[at - channels] : 0, above = y > 0 ? bytes[at - length] : 0;
      const corner = x >= channels && y > 0 ? bytes[at - length - channels] : 0;
      bytes[at] = rows[y * (length + 1) + 1 + x] + predicted(kind, left, above, corner);
    }
  }
  return { width, height, channels, bytes };
}

export function sizeOf(file) {
  const { width, height } = decoded(file);
  return `${width}x${height}`;
}

export function checkPicture(file, size = `${SIDE}x${SIDE}`) {
  assert.equal(sizeOf(file), size);
  return file;
}

/** Of red, green and blue of two pictures of a size, at the columns that where(x) names. */
export function largestDifference(one, other, where) {
  assert.deepEqual([one.width, one.height, one.channels], [other.width, other.height, other.channels]);
  let most = 0;
  for (let at = 0; at < one.bytes.length; ++at) {
    const x = Math.floor(at / one.channels) % one.width;
    if (where(x)) most = Math.max(most, Math.abs(one.bytes[at] - other.bytes[at]));
  }
  return most;
}

/** That a picture is the one that is drawn alone. One that is evaluated together with others may be off by one level. */
export function checkAlike(file, expected) {
  const off = largestDifference(decoded(file), decoded(expected), () => true);
  assert.ok(off <= 1, `expected the picture of the seed, got values that are off by ${off}`);
}

/** That what a mask of the right half keeps stays as it was to the bit, and that the rest does not. */
export function checkMasked(before, after) {
  const one = decoded(before), other = decoded(after), half = one.width / 2;
  const kept = largestDifference(one, other, (x) => x < half - one.width / 16);
  assert.equal(kept, 0, `expected what the mask keeps as it was, got values that are off by ${kept}`);
  assert.ok(largestDifference(one, other, (x) => x >= half) > 0, 'expected something new where the mask chooses, got the same');
}

export const isJpeg = (file) => file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff;
export const isWebp = (file) => file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP';

// Servers

async function fetchJson(url, value) {
  const posted = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
  const answer = await fetch(url, value === undefined ? {} : posted);
  return [answer.status, await answer.json()];
}

export async function waitUntil(condition, what, seconds = 60) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const found = await condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`expected within ${seconds} s: ${what}`);
}

class Place {
  constructor({ base, locked, key, full }) {
    Object.assign(this, { base: base.replace(/\/$/, ''), locked, key, full, known: new Map() });
  }

  /** The picture's file that OpenAI's route draws with these fields, asked for without a client's library. */
  async drawn(fields = {}) {
    const body = { prompt: PROMPT, seed: SEED, size: `${SIDE}x${SIDE}`, ...fields };
    const asked = JSON.stringify(body);
    if (!this.known.has(asked)) {
      const [status, answer] = await fetchJson(`${this.base}/v1/images/generations`, body);
      assert.equal(status, 200, JSON.stringify(answer));
      this.known.set(asked, Buffer.from(answer.data[0].b64_json, 'base64'));
    }
    return this.known.get(asked);
  }

  async model() {
    return (await fetchJson(`${this.base}/v1/models`))[1].data[0].id;
  }

  async jobs(address = this.base) {
    const { jobs } = (await fetchJson(`${address}/imagine/v1/jobs`))[1];
    return jobs.filter((job) => ['queued', 'running', 'canceling'].includes(job.status));
  }

  async cancelAll(address = this.base) {
    for (const job of await this.jobs(address)) await fetchJson(`${address}/imagine/v1/jobs/${job.id}/cancel`, {});
  }

  async waitIdle(address = this.base) {
    await waitUntil(async () => (await this.jobs(address)).length === 0, 'nothing is drawn');
  }

  /** A figure of /metrics whose labels are written so; 0 where there is none. */
  async count(figure, address = this.base) {
    const text = await (await fetch(`${address}/metrics`)).text();
    const line = text.split('\n').find((known) => known.startsWith(`${figure} `));
    return line ? Number(line.split(' ')[1]) : 0;
  }

  async refusals(dialect) {
    return this.count(`imagine_requests_total{dialect="${dialect}",status="429"}`, this.full);
  }

  /** Does something while the small queue has no room. A small picture before makes Retry-After short. */
  async occupied(work) {
    const url = `${this.full}/sdapi/v1/txt2img`;
    await fetchJson(url, { prompt: PROMPT, width: SIDE, height: SIDE, steps: 2 });
    const drawing = fetchJson(url, { prompt: PROMPT, width: 256, height: 256, steps: 200 });
    await waitUntil(async () => (await this.jobs(this.full)).length > 0, 'something is drawn');
    try {
      return await work();
    } finally {
      await this.cancelAll(this.full);
      await drawing;
      await this.waitIdle(this.full);
    }
  }
}

/** The package and its version, of the folder that --modules names, and the place. */
export function opened(name) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { modules: { type: 'string', default: '.' }, locked: { type: 'string' }, key: { type: 'string', default: 'secret' },
      full: { type: 'string' } },
  });
  if (positionals.length !== 1) {
    console.error('usage: node SCRIPT BASE_URL [--modules FOLDER] [--locked URL --key KEY] [--full URL]');
    process.exit(2);
  }
  const folder = path.resolve(values.modules);
  const { version } = JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json')));
  return { library: createRequire(path.join(folder, 'package.json'))(name), version,
    place: new Place({ base: positionals[0], ...values }) };
}

/** As run_calls() of place.py: a call that returns nothing needs a server that the place has not. */
export async function runCalls(client, calls, place) {
  for (const [name, call] of Object.entries(calls)) {
    try {
      const seen = await call(place);
      if (seen !== undefined) console.log(`ok ${client} ${name}: ${seen}`);
    } catch (error) {
      process.exitCode = 1;
      const said = `${error.constructor.name}: ${error.message}`.replace(/\s+/g, ' ').slice(0, 500);
      console.log(`FAIL ${client} ${name}: ${said}`);
      await place.cancelAll();
    }
  }
}
