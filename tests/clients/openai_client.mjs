/**
 * Calls `imagine serve` with OpenAI's client for Node, as openai_client.py does.
 *
 * usage: node openai_client.mjs BASE_URL --modules FOLDER [--locked URL --key KEY] [--full URL]
 */

import assert from 'node:assert/strict';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { PROMPT, SEED, SIDE, checkAlike, checkMasked, checkPicture, isJpeg, isWebp, opened, runCalls, sizeOf, transparentRight,
  waitUntil, whiteRight } from './place.mjs';

const { library, version, place: here } = opened('openai');
const { OpenAI, toFile } = library;
const SMALL = `${SIDE}x${SIDE}`;

const clientOf = (address, options = {}) => new OpenAI({ baseURL: `${address}/v1`, apiKey: 'any', maxRetries: 0, ...options });
const fileOf = (entry) => Buffer.from(entry.b64_json, 'base64');
const same = (one, other, what) => assert.ok(one.equals(other), `expected ${what}, got other bytes`);

async function collected(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The exception that a call raises, whose code, param, type and request id are as they should be. */
async function refusal(kind, call, expected) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  assert.ok(error instanceof kind, `expected ${kind.name}, got ${error ?? 'an answer'}`);
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(error[name], value, `${name}: expected ${value}, got ${error[name]}`);
  }
  assert.match(error.requestID, /^req_/);
  assert.ok(error.type, 'expected a type, got none');
  assert.ok(error.message.includes(error.error.message), error.message);
  return `${kind.name}, ${error.error.message}`;
}

// Pictures

async function generateWithOptions(place) {
  const answer = await clientOf(place.base).images.generate({
    model: 'gpt-image-2', prompt: PROMPT, n: 2, size: SMALL, quality: 'high', background: 'opaque', output_format: 'png',
    moderation: 'low', user: 'somebody', seed: SEED, negative_prompt: 'a dog', num_inference_steps: 8, guidance_scale: 3 });
  assert.match(answer._request_id, /^req_/);
  assert.ok(answer.created > 1_700_000_000);
  assert.deepEqual([answer.size, answer.quality, answer.output_format, answer.background], [SMALL, 'high', 'png', 'opaque']);
  assert.deepEqual(answer.data.map((entry) => entry.seed), [SEED, SEED + 1]);
  for (const entry of answer.data) {
    const alone = await place.drawn({ seed: entry.seed, negative_prompt: 'a dog', steps: 8, guidance_scale: 3 });
    checkAlike(checkPicture(fileOf(entry)), alone);
  }
  return '2 pictures, each that of its seed alone, _request_id';
}

async function generateSameBytes(place) {
  const answer = await clientOf(place.base).images.generate({ prompt: PROMPT, size: SMALL, seed: SEED });
  same(fileOf(answer.data[0]), await place.drawn(), 'the bytes that curl gets for the seed');
  return "as without the client's library";
}

async function generateFormats(place) {
  const seen = [];
  for (const [form, known] of [['jpeg', isJpeg], ['webp', isWebp]]) {
    const sizes = [];
    for (const quality of [90, 10]) {
      const answer = await clientOf(place.base).images.generate({
        prompt: PROMPT, size: SMALL, output_format: form, output_compression: quality, seed: SEED });
      const file = fileOf(answer.data[0]);
      assert.ok(known(file) && answer.output_format === form, `expected ${form}`);
      sizes.push(file.length);
    }
    assert.ok(sizes[0] > sizes[1], `${form}: expected fewer bytes with less quality, got ${sizes}`);
    seen.push(`${form} of ${sizes[0]} and ${sizes[1]} bytes`);
  }
  return seen.join(', ');
}

async function generateShape(place) {
  const answer = await clientOf(place.base).images.generate({ prompt: PROMPT, size: '96x64', seed: SEED });
  assert.equal(sizeOf(fileOf(answer.data[0])), answer.size);
  const [width, height] = answer.size.split('x').map(Number);
  assert.ok(Math.abs(width / height - 1.5) < 0.1, answer.size);
  return `96x64 came to ${answer.size}, which the answer says`;
}

async function generateUrl(place) {
  const answer = await clientOf(place.base).images.generate({
    prompt: PROMPT, n: 2, size: SMALL, response_format: 'url', seed: SEED });
  for (const [index, entry] of answer.data.entries()) {
    assert.ok(entry.b64_json === undefined && entry.url.startsWith(place.base), entry.url);
    const file = Buffer.from(await (await fetch(entry.url)).arrayBuffer());
    checkAlike(file, await place.drawn({ seed: SEED + index }));
  }
  return '2 addresses, each answers its picture without a key';
}

async function generateFile(place) {
  const raw = await clientOf(place.base).images.generate(
    { prompt: PROMPT, size: SMALL, seed: SEED }, { headers: { Accept: 'image/png' } }).asResponse();
  assert.deepEqual([raw.headers.get('content-type'), raw.headers.get('x-seed')], ['image/png', String(SEED)]);
  same(Buffer.from(await raw.arrayBuffer()), await place.drawn(), "the picture's file");
  return 'Accept: image/png and asResponse(): the file alone';
}

async function generateAtOnce(place) {
  const client = clientOf(place.base), seeds = [0, 1, 2, 3].map((index) => SEED + index);
  const answers = await Promise.all(seeds.map((seed) => client.images.generate({ prompt: PROMPT, size: SMALL, seed })));
  for (const [index, seed] of seeds.entries()) {
    checkAlike(fileOf(answers[index].data[0]), await place.drawn({ seed }));
  }
  return '4 at once, each the picture of its seed';
}

async function generateWithKey(place) {
  if (!place.locked) return undefined;
  const answer = await clientOf(place.locked, { apiKey: place.key }).images.generate({ prompt: PROMPT, size: SMALL, seed: SEED });
  same(fileOf(answer.data[0]), await place.drawn(), 'the bytes of the other server');
  return 'Authorization: Bearer';
}

// Streams

function checkEvent(event) {
  assert.ok(event.created_at > 1_700_000_000 && event.output_format === 'png' && event.background === 'opaque');
  assert.equal(sizeOf(fileOf(event)), event.size);
}

async function streamGeneration(place) {
  const events = await collected(await clientOf(place.base).images.generate({
    prompt: PROMPT, size: SMALL, stream: true, partial_images: 2, seed: SEED }));
  assert.deepEqual(events.map((event) => event.type.replace('image_generation.', '')),
    ['partial_image', 'partial_image', 'completed']);
  events.forEach(checkEvent);
  assert.deepEqual(events.map((event) => event.partial_image_index), [0, 1, undefined]);
  assert.deepEqual([events[2].usage.total_tokens, events[2].seed], [0, SEED]);
  assert.equal(new Set(events.map((event) => event.b64_json)).size, 3);
  same(fileOf(events[2]), await place.drawn(), 'the bytes of the same request without a stream');
  return 'partial images 0 and 1, then completed with the bytes of no stream';
}

async function streamTwo(place) {
  const events = await collected(await clientOf(place.base).images.generate({
    prompt: PROMPT, n: 2, size: SMALL, stream: true, seed: SEED }));
  assert.deepEqual(events.map((event) => event.type), ['image_generation.completed', 'image_generation.completed']);
  assert.deepEqual(events.map((event) => event.seed).sort(), [SEED, SEED + 1]);
  for (const event of events) checkAlike(fileOf(event), await place.drawn({ seed: event.seed }));
  return 'n=2 without partial images: two completed';
}

const longStream = (place) => clientOf(place.base).images.generate({
  prompt: PROMPT, size: '256x256', stream: true, partial_images: 3, seed: SEED, steps: 200 });

async function streamCancelled(place) {
  const types = [];
  try {
    for await (const event of await longStream(place)) {
      types.push(event.type);
      if (types.length === 1) await place.cancelAll();
    }
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, error);
    assert.equal(types[0], 'image_generation.partial_image');
    assert.ok(error.code && error.type && error.error.message.includes('cancel'), `${error.code} ${error.type} ${error.message}`);
    return `APIError, ${error.error.message}, code ${error.code}, type ${error.type}`;
  }
  throw new Error(`expected APIError, got ${types}`);
}

async function streamClosed(place) {
  const cancelled = () => place.count('imagine_jobs_total{status="canceled"}');
  const before = await cancelled();
  for await (const event of await longStream(place)) {
    assert.equal(event.type, 'image_generation.partial_image');
    break;
  }
  await waitUntil(async () => (await cancelled()) === before + 1, 'the job is cancelled');
  return 'leaving the loop cancels the job';
}

const streamRefused = async (place) => `refused: ${await refusal(
  OpenAI.BadRequestError,
  () => clientOf(place.base).images.generate({ prompt: PROMPT, stream: true, partial_images: 4 }),
  { code: 'invalid_value', param: 'partial_images' })}`;

// Edits

const named = (file, name = 'a.png') => toFile(file, name, { type: 'image/png' });

async function edit(place, options = {}) {
  const before = await place.drawn();
  return clientOf(place.base).images.edit({ image: await named(before), prompt: 'a blue ball', size: SMALL, ...options });
}

async function editWithMask(place) {
  const answer = await edit(place, { mask: await named(transparentRight()), n: 1, quality: 'low', seed: SEED });
  assert.equal(answer.data[0].seed, SEED);
  checkMasked(await place.drawn(), checkPicture(fileOf(answer.data[0])));
  return 'the opaque half of the mask stays to the bit, the rest is new';
}

async function editListOfOne(place) {
  const image = [await named(await place.drawn())];
  const listed = await edit(place, { image, input_fidelity: 'high', seed: SEED, strength: 0.5 });
  const single = await edit(place, { seed: SEED, strength: 0.5 });
  same(checkPicture(fileOf(listed.data[0])), fileOf(single.data[0]), 'the same as with image');
  return 'image[] with input_fidelity: as image';
}

/** Such a form comes with Transfer-Encoding: chunked, each part in several chunks. */
async function editFromDisk(place) {
  const folder = mkdtempSync(path.join(tmpdir(), 'imagine-')), file = path.join(folder, 'a.png');
  try {
    writeFileSync(file, await place.drawn());
    const read = await edit(place, { image: createReadStream(file), seed: SEED });
    const single = await edit(place, { seed: SEED });
    same(fileOf(read.data[0]), fileOf(single.data[0]), 'the same as with toFile()');
  } finally {
    rmSync(folder, { recursive: true });
  }
  return 'fs.createReadStream(), which is sent in chunks';
}

async function editStream(place) {
  const events = await collected(await edit(place, {
    mask: await named(transparentRight()), stream: true, partial_images: 1, seed: SEED }));
  assert.deepEqual(events.map((event) => event.type), ['image_edit.partial_image', 'image_edit.completed']);
  events.forEach(checkEvent);
  assert.equal(events[0].partial_image_index, 0);
  checkMasked(await place.drawn(), fileOf(events[1]));
  return 'image_edit.partial_image, then image_edit.completed';
}

async function editUrl(place) {
  const answer = await edit(place, { response_format: 'url', n: 2, seed: SEED });
  for (const entry of answer.data) checkPicture(Buffer.from(await (await fetch(entry.url)).arrayBuffer()));
  return '2 addresses';
}

const editRefused = (param, options) => async (place) => `refused: ${await refusal(
  OpenAI.BadRequestError, async () => edit(place, await options(place)), { code: 'invalid_value', param })}`;

// Refusals and errors

const generateRefused = (param, options) => async (place) => `refused: ${await refusal(
  OpenAI.BadRequestError, () => clientOf(place.base).images.generate({ prompt: PROMPT, ...options }),
  { code: 'invalid_value', param })}`;

async function wrongKey(place) {
  if (!place.locked) return undefined;
  const client = clientOf(place.locked, { apiKey: 'wrong' });
  const expected = { code: 'invalid_api_key', param: null };
  await refusal(OpenAI.AuthenticationError, () => client.models.list(), expected);
  return refusal(OpenAI.AuthenticationError, () => client.images.generate({ prompt: PROMPT }), expected);
}

const otherOrigin = (place) => refusal(
  OpenAI.PermissionDeniedError,
  () => clientOf(place.base, { defaultHeaders: { Origin: 'http://a.example' } }).images.generate({ prompt: PROMPT }),
  { param: null });

const unknownModel = (place) => refusal(
  OpenAI.NotFoundError, () => clientOf(place.base).images.generate({ prompt: PROMPT, model: 'no-such-model' }),
  { code: 'model_not_found', param: 'model' });

const variation = async (place) => `refused: ${await refusal(
  OpenAI.NotFoundError, async () => clientOf(place.base).images.createVariation({ image: await named(whiteRight()) }),
  { code: 'not_found', param: null })}`;

async function queueFull(place) {
  if (!place.full) return undefined;
  return place.occupied(async () => {
    const said = await refusal(OpenAI.RateLimitError, () => clientOf(place.full).images.generate({ prompt: PROMPT }),
      { code: 'rate_limit_exceeded', param: null });
    const before = await place.refusals('openai');
    const client = new OpenAI({ baseURL: `${place.full}/v1`, apiKey: 'any' });
    await refusal(OpenAI.RateLimitError, () => client.images.generate({ prompt: PROMPT, stream: true, partial_images: 2 }), {});
    const posts = (await place.refusals('openai')) - before;
    assert.equal(posts, 3, `expected 3 POSTs with the default retries, got ${posts}`);
    return `${said}; 3 POSTs with the default retries`;
  });
}

async function queueHasRoomAgain(place) {
  if (!place.full) return undefined;
  const client = clientOf(place.full);
  await place.occupied(() => refusal(OpenAI.RateLimitError, () => client.images.generate({ prompt: PROMPT }), {}));
  const answer = await client.images.generate({ prompt: PROMPT, size: SMALL, seed: SEED });
  same(fileOf(answer.data[0]), await place.drawn(), 'the picture of the seed');
  return 'drawn once there is room';
}

async function cancelledElsewhere(place) {
  const client = new OpenAI({ baseURL: `${place.base}/v1`, apiKey: 'any' });
  const drawing = client.images.generate({ prompt: PROMPT, size: '256x256', seed: SEED, steps: 50 })
    .then(() => undefined, (error) => error);
  await waitUntil(async () => (await place.jobs()).length > 0, 'it is drawn');
  await place.cancelAll();
  const error = await drawing;
  assert.ok(error instanceof OpenAI.APIError, 'expected an error, got the picture: the client asked again');
  return `${error.constructor.name}, ${error.error.message}; not asked again`;
}

// Models

async function listModels(place) {
  const models = await collected(await clientOf(place.base).models.list());
  assert.ok(models.length > 0 && models.every((model) => model.object === 'model'));
  return models.map((model) => model.id).join(', ');
}

async function retrieveModel(place) {
  const name = await place.model();
  const model = await clientOf(place.base).models.retrieve(name);
  assert.deepEqual([model.id, model.owned_by], [name, 'local']);
  return model.id;
}

const retrieveUnknownModel = (place) => refusal(
  OpenAI.NotFoundError, () => clientOf(place.base).models.retrieve('no-such-model'), { code: 'model_not_found', param: 'model' });

const CALLS = {
  'generate, n=2, options, extra_body': generateWithOptions,
  "generate, the seed's bytes": generateSameBytes,
  'generate, jpeg and webp': generateFormats,
  'generate, another shape': generateShape,
  'generate, response_format=url': generateUrl,
  'generate, a file alone': generateFile,
  'generate, several at once': generateAtOnce,
  'generate, with a key': generateWithKey,
  'stream, partial_images=2': streamGeneration,
  'stream, n=2': streamTwo,
  'stream, fails midway': streamCancelled,
  'stream, closed by the client': streamClosed,
  'stream, partial_images=4': streamRefused,
  'edit, image and mask': editWithMask,
  'edit, image[] of one': editListOfOne,
  'edit, a file from disk': editFromDisk,
  'edit, stream, partial_images=1': editStream,
  'edit, response_format=url': editUrl,
  'edit, image[] of two': editRefused('image', async (place) => {
    const file = await named(await place.drawn());
    return { image: [file, file] };
  }),
  'edit, markup': editRefused('markup', async () => ({ markup: await named(transparentRight()) })),
  'edit, mask without transparency': editRefused('mask', async (place) => ({ mask: await named(await place.drawn()) })),
  'edit, a file that is no picture': editRefused('image', async () => ({ image: await named(Buffer.from('no picture')) })),
  'generate, background=transparent': generateRefused('background', { background: 'transparent' }),
  'generate, output_format=gif': generateRefused('output_format', { output_format: 'gif' }),
  'generate, frame_count': generateRefused('frame_count', { frame_count: 4 }),
  'generate, complexity': generateRefused('complexity', { complexity: 'low' }),
  '400 size': generateRefused('size', { size: '64 by 64' }),
  '400 n': generateRefused('n', { n: 11 }),
  '401 wrong key': wrongKey,
  '403 another origin': otherOrigin,
  '404 model': unknownModel,
  '404 variations': variation,
  '429, 3 POSTs': queueFull,
  '429, room later': queueHasRoomAgain,
  'cancelled elsewhere': cancelledElsewhere,
  'models.list': listModels,
  'models.retrieve': retrieveModel,
  'models.retrieve, unknown': retrieveUnknownModel,
};

await runCalls(`openai-node-${version}`, CALLS, here);
