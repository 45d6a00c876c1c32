/**
 * Calls `imagine serve` with Google's client for Node, @google/genai, as google_client.py does.
 *
 * usage: node google_client.mjs BASE_URL --modules FOLDER [--locked URL --key KEY] [--full URL]
 */

import assert from 'node:assert/strict';

import { PROMPT, SEED, checkMasked, checkPicture, decoded, isJpeg, largestDifference, opened, runCalls, sizeOf, whiteRight }
  from './place.mjs';

console.warn = () => {}; // that generateImages and editImage are deprecated

const { library, version, place: here } = opened('@google/genai');
const { GoogleGenAI, ApiError, ResourceScope } = library;

const DRAWS = 'gemini-3.1-flash-image';
const optionsOf = (address, options = {}) => ({ baseUrl: address, ...options });
const vertex = (address, options) => new GoogleGenAI({ vertexai: true, apiKey: 'any', httpOptions: optionsOf(address, options) });
const developer = (address, options) => new GoogleGenAI({ apiKey: 'any', httpOptions: optionsOf(address, options) });
const base64 = (file) => file.toString('base64');
const pngOf = (file) => ({ imageBytes: base64(file), mimeType: 'image/png' });
const bytesOf = (generated) => Buffer.from(generated.image.imageBytes, 'base64');

const imagesOf = (client, config, model = 'imagen-4.0') => client.models.generateImages({ model, prompt: PROMPT, config });

/** What OpenAI's route draws for the same request. */
const reference = (place) => place.drawn({ size: '256x256' });

function checkSame(file, expected) {
  assert.ok(file.equals(expected), "expected the bytes of OpenAI's route, got others");
}

/** That generateImages draws what OpenAI's route does. */
async function checkGenerated(place, client, { model = 'imagen-4.0', ...config } = {}) {
  const answer = await imagesOf(client, { numberOfImages: 1, seed: SEED, ...config }, model);
  assert.equal(answer.generatedImages.length, 1);
  assert.equal(answer.generatedImages[0].image.mimeType, 'image/png');
  checkSame(bytesOf(answer.generatedImages[0]), await reference(place));
}

/** The client's error holds the JSON's text as its message. */
async function refusal(call, code, status, ...said) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  assert.ok(error instanceof ApiError, `expected ApiError, got ${error ?? 'an answer'}`);
  const told = JSON.parse(error.message).error;
  assert.deepEqual([error.status, told.code, told.status], [code, code, status], error.message);
  for (const part of said) assert.ok(told.message.includes(part), `expected ${part} in ${told.message}`);
  return `ApiError ${code} ${status}, ${told.message}`;
}

const refused = async (call, ...said) => `refused: ${await refusal(call, 400, 'INVALID_ARGUMENT', ...said)}`;

// generateImages

async function vertexWithKey(place) {
  await checkGenerated(place, vertex(place.base));
  return "POST /v1beta1/publishers/google/models/M:predict, the bytes of OpenAI's route";
}

async function vertexAllOptions(place) {
  const answer = await imagesOf(vertex(place.base), {
    numberOfImages: 2, aspectRatio: '1:1', negativePrompt: 'a dog', guidanceScale: 3, seed: SEED,
    safetyFilterLevel: 'BLOCK_LOW_AND_ABOVE', personGeneration: 'ALLOW_ADULT', includeSafetyAttributes: true,
    includeRaiReason: true, language: 'en', outputMimeType: 'image/png', addWatermark: false, enhancePrompt: true,
    labels: { a: 'b' } });
  assert.equal(answer.generatedImages.length, 2);
  const files = answer.generatedImages.map((generated) => checkPicture(bytesOf(generated), '256x256'));
  assert.ok(!files[0].equals(files[1]), 'expected two pictures, got one twice');
  assert.deepEqual(answer.generatedImages.map((generated) => generated.enhancedPrompt), [PROMPT, PROMPT]);
  return '2 pictures, enhancedPrompt';
}

/** As of a service account, without asking anybody. Without a key it is needed even where the server asks for nothing. */
const googleAuthOptions = { authClient: { getRequestHeaders: async () => new Headers({ Authorization: 'Bearer token' }) } };
const authorized = (address, options = {}, scope = {}) => new GoogleGenAI({
  vertexai: true, googleAuthOptions, httpOptions: optionsOf(address, scope), ...options });

async function vertexWithCredentials(place) {
  await checkGenerated(place, authorized(place.base, { project: 'p', location: 'us-central1' }));
  return 'POST /v1beta1/projects/p/locations/us-central1/publishers/google/models/M:predict';
}

async function vertexAddressAlone(place) {
  await checkGenerated(place, authorized(place.base));
  return 'POST /v1beta1/publishers/google/models/M:predict: this client drops no path';
}

async function vertexWholeAddress(place) {
  const address = `${place.base}/v1/publishers/google/models/imagen-4.0:predict`;
  await checkGenerated(place, authorized(address));
  return 'this client adds /v1beta1/publishers/google/models/M:predict to it all the same';
}

async function vertexCollection(place) {
  await checkGenerated(place, authorized(`${place.base}/v1beta1`, {}, { baseUrlResourceScope: ResourceScope.COLLECTION }));
  return 'POST /v1beta1/v1beta1/publishers/google/models/M:predict: this client says the version twice';
}

async function vertexModelPath(place) {
  await checkGenerated(place, vertex(place.base), { model: 'models/imagen-4.0' });
  await checkGenerated(place, vertex(place.base), { model: `publishers/google/models/${await place.model()}` });
  return 'models/M and publishers/google/models/M';
}

async function vertexOtherKey(place) {
  if (!place.locked) return undefined;
  await checkGenerated(place, new GoogleGenAI({ vertexai: true, apiKey: place.key, httpOptions: optionsOf(place.locked) }));
  return 'x-goog-api-key';
}

async function vertexJpeg(place) {
  const answer = await imagesOf(vertex(place.base), {
    numberOfImages: 1, seed: SEED, aspectRatio: '16:9', outputMimeType: 'image/jpeg', outputCompressionQuality: 80 });
  const [generated] = answer.generatedImages;
  assert.ok(generated.image.mimeType === 'image/jpeg' && isJpeg(bytesOf(generated)), generated.image.mimeType);
  return `image/jpeg of ${bytesOf(generated).length} bytes`;
}

const developerImages = (config) => async (place) => {
  const client = developer(place.base);
  let error;
  try {
    await imagesOf(client, { numberOfImages: 1, ...config });
  } catch (caught) {
    error = caught;
  }
  assert.ok(error && !(error instanceof ApiError), `expected the client to refuse, got ${error ?? 'an answer'}`);
  return `refused: by the client itself, ${error.message}`;
};

// editImage, upscaleImage

async function raw(place) {
  const picture = new library.RawReferenceImage();
  picture.referenceId = 1;
  picture.referenceImage = pngOf(await reference(place));
  return picture;
}

function mask(config, hasImage = true) {
  const picture = new library.MaskReferenceImage();
  picture.referenceId = 2;
  if (hasImage) picture.referenceImage = pngOf(whiteRight(256));
  picture.config = { maskMode: 'MASK_MODE_USER_PROVIDED', maskDilation: 0, ...config };
  return picture;
}

async function edited(place, referenceImages, config = {}) {
  const answer = await vertex(place.base).models.editImage({
    model: 'imagen-3.0-capability-001', prompt: 'a blue ball', referenceImages,
    config: { editMode: 'EDIT_MODE_INPAINT_INSERTION', numberOfImages: 1, seed: SEED, outputMimeType: 'image/png', ...config } });
  return bytesOf(answer.generatedImages[0]);
}

async function editWithMask(place) {
  const file = await edited(place, [await raw(place), mask()], { baseSteps: 8, negativePrompt: 'a dog', guidanceScale: 3 });
  checkMasked(await reference(place), file);
  return 'what is black in the mask stays, the rest is new';
}

async function editDilated(place) {
  const plain = decoded(await edited(place, [await raw(place), mask()]));
  const grown = decoded(await edited(place, [await raw(place), mask({ maskDilation: 0.25 })]));
  const band = largestDifference(plain, grown, (x) => x > 72 && x < 112);
  assert.ok(band > 0, 'expected the mask to grow by a quarter of the width, got the same picture there');
  return 'maskDilation=0.25 draws a quarter of the width more';
}

async function editWithoutMask(place) {
  checkPicture(await edited(place, [await raw(place)], { editMode: 'EDIT_MODE_DEFAULT' }), '256x256');
  return 'the raw picture alone';
}

const editSemanticMask = (place) => refused(
  async () => edited(place, [await raw(place), mask({ maskMode: 'MASK_MODE_SEMANTIC' }, false)]),
  'MASK_MODE_USER_PROVIDED', '[2]');

async function otherReference(place, kind, referenceId, config) {
  const reference = new library[`${kind}ReferenceImage`]();
  return Object.assign(reference, { referenceId, referenceImage: pngOf(await place.drawn()), config });
}

async function editFollowing(place) {
  const plain = decoded(await edited(place, [await raw(place), mask()]));
  const lines = await otherReference(place, 'Control', 3,
    { controlType: 'CONTROL_TYPE_CANNY', enableControlImageComputation: true });
  const look = await otherReference(place, 'Style', 4, { styleDescription: 'glass' });
  for (const [name, reference] of Object.entries({ lines, look })) {
    const followed = await edited(place, [await raw(place), mask(), reference]);
    checkPicture(followed, '256x256');
    const apart = largestDifference(plain, decoded(followed), () => true);
    assert.ok(apart > 16, `expected another picture where ${name} are followed, got ${apart} of 255 apart`);
  }
  return 'lines that are found, and a look';
}

const editSubject = (place) => refused(async () => edited(place, [await raw(place), await otherReference(
  place, 'Subject', 5, { subjectType: 'SUBJECT_TYPE_PRODUCT', subjectDescription: 'mug' })]), 'referenceImages[5]');

async function upscaled(place, upscaleFactor) {
  const answer = await vertex(place.base).models.upscaleImage({
    model: 'imagen-4.0-upscale-preview', image: pngOf(await place.drawn()), upscaleFactor,
    config: { outputMimeType: 'image/png', enhanceInputImage: true, imagePreservationFactor: 0.5 } });
  return bytesOf(answer.generatedImages[0]);
}

async function upscaleFourfold(place) {
  checkPicture(await upscaled(place, 'x4'), '256x256');
  return '64 to 256';
}

async function upscaleTwofold(place) {
  const { width, height } = decoded(await upscaled(place, 'x2'));
  assert.ok(width === height && width >= 128, `expected a size of 128 or more, got ${width}x${height}`);
  return `64 to the model's nearest size, ${width}`;
}

const segment = (place) => refused(async () => vertex(place.base).models.segmentImage({
  model: 'image-segmentation-001', source: { image: pngOf(await place.drawn()) }, config: { mode: 'FOREGROUND' } }));

const recontext = (place) => refused(async () => vertex(place.base).models.recontextImage({
  model: 'imagen-product-recontext-preview-06-30',
  source: { prompt: 'on a beach', productImages: [{ productImage: pngOf(await place.drawn()) }] },
  config: { numberOfImages: 1 } }));

// generateContent

const partsOf = (answer) => answer.candidates.flatMap((candidate) => candidate.content.parts);
const blobsOf = (answer) => partsOf(answer).map((part) => part.inlineData);
const filesOf = (answer) => blobsOf(answer).map((blob) => Buffer.from(blob.data, 'base64'));
const inline = (file) => ({ inlineData: { mimeType: 'image/png', data: base64(file) } });

const content = (place, { contents = PROMPT, client = developer(place.base), ...config } = {}) =>
  client.models.generateContent({ model: DRAWS, contents, config: { responseModalities: ['IMAGE'], seed: SEED, ...config } });

async function contentImage(place) {
  const answer = await content(place);
  assert.deepEqual([answer.candidates[0].finishReason, answer.candidates[0].content.role], ['STOP', 'model']);
  assert.equal(blobsOf(answer)[0].mimeType, 'image/png');
  checkSame(filesOf(answer)[0], await reference(place));
  assert.equal(answer.modelVersion, await place.model());
  return "inline image, the bytes of OpenAI's route";
}

async function contentShape(place) {
  const answer = await content(place, { imageConfig: { aspectRatio: '3:2', imageSize: '512' }, candidateCount: 2,
    responseModalities: ['TEXT', 'IMAGE'] });
  const files = filesOf(answer);
  assert.ok(files.length === 2 && !files[0].equals(files[1]), 'expected two pictures');
  for (const file of files) {
    const [width, height] = sizeOf(file).split('x').map(Number);
    assert.ok(Math.abs(width / height - 1.5) < 0.1, sizeOf(file));
  }
  return `aspectRatio=3:2, imageSize=512, 2 candidates: ${sizeOf(files[0])}`;
}

async function contentVertex(place) {
  const answer = await content(place, { client: vertex(place.base), imageConfig: {
    aspectRatio: '1:1', outputMimeType: 'image/jpeg', outputCompressionQuality: 80 } });
  assert.ok(blobsOf(answer)[0].mimeType === 'image/jpeg' && isJpeg(filesOf(answer)[0]), blobsOf(answer)[0].mimeType);
  return 'Vertex with outputMimeType=image/jpeg';
}

async function contentEdit(place) {
  const before = await reference(place);
  const [file] = filesOf(await content(place, { contents: [inline(before), { text: 'make the cube blue' }] }));
  assert.ok(!checkPicture(file, '256x256').equals(before), 'expected a new picture');
  return 'another picture of its size';
}

async function contentChat(place) {
  const chat = developer(place.base).chats.create({ model: DRAWS, config: { responseModalities: ['IMAGE'], seed: SEED } });
  const [first] = filesOf(await chat.sendMessage({ message: PROMPT }));
  const [second] = filesOf(await chat.sendMessage({ message: 'make the cube blue' }));
  checkSame(first, await reference(place));
  const [edit] = filesOf(await content(place, { contents: [inline(first), { text: 'make the cube blue' }] }));
  assert.ok(second.equals(edit), 'expected an edit of the picture before, got another');
  return "the second message edits the first one's picture";
}

async function contentStream(place) {
  const files = [];
  const chunks = await developer(place.base).models.generateContentStream({
    model: DRAWS, contents: PROMPT, config: { responseModalities: ['IMAGE'], seed: SEED } });
  for await (const chunk of chunks) files.push(...filesOf(chunk));
  assert.equal(files.length, 1);
  checkSame(files[0], await reference(place));
  return '1 event';
}

async function contentPrefix(place) {
  const [file] = filesOf(await content(place, { client: developer(`${place.base}/gem`, { apiVersion: 'v1beta' }) }));
  checkSame(file, await reference(place));
  return 'baseUrl with /gem, apiVersion v1beta';
}

const contentTextAlone = (place) => refused(() => content(place, { responseModalities: ['TEXT'] }), 'responseModalities');

const contentFileAddress = (place) => refused(() => content(place, { contents: [
  { fileData: { fileUri: 'https://a.example/a.png', mimeType: 'image/png' } }, { text: 'make it blue' }] }), 'fileData');

// Errors

const badCount = (place) => refusal(
  () => imagesOf(vertex(place.base), { numberOfImages: 11 }), 400, 'INVALID_ARGUMENT', 'sampleCount');

const badStorage = (place) => refused(() => imagesOf(vertex(place.base), { outputGcsUri: 'gs://b/x' }), 'storageUri');

async function wrongKey(place) {
  if (!place.locked) return undefined;
  return refusal(() => imagesOf(vertex(place.locked)), 401, 'UNAUTHENTICATED');
}

async function unknownModel(place) {
  await refusal(() => imagesOf(vertex(place.base), {}, 'no-such-model'), 404, 'NOT_FOUND', 'no-such-model');
  return refusal(() => developer(place.base).models.generateContent({ model: 'no-such-model', contents: PROMPT }),
    404, 'NOT_FOUND', 'no-such-model');
}

async function queueFull(place) {
  if (!place.full) return undefined;
  return place.occupied(async () => {
    const before = await place.refusals('google');
    const said = await refusal(() => content(place, { client: developer(place.full) }), 429, 'RESOURCE_EXHAUSTED', 'try again');
    await refusal(() => imagesOf(vertex(place.full)), 429, 'RESOURCE_EXHAUSTED');
    assert.equal((await place.refusals('google')) - before, 2, 'expected one POST a call');
    return `${said}; one POST`;
  });
}

async function queueFullWithRetries(place) {
  if (!place.full) return undefined;
  const client = developer(place.full, { retryOptions: { attempts: 3, initialDelay: 0.1, maxDelay: 0.2 } });
  return place.occupied(async () => {
    const before = await place.refusals('google');
    await assert.rejects(content(place, { client }));
    const posts = (await place.refusals('google')) - before;
    assert.equal(posts, 3, `expected 3 POSTs, got ${posts}`);
    return 'retryOptions of 3 attempts: 3 POSTs';
  });
}

// Models

async function listModels(place) {
  const names = [];
  for await (const model of await developer(place.base).models.list()) names.push(model.name);
  assert.ok(names.includes(`models/${await place.model()}`), names.join());
  return names.join(', ');
}

async function getModel(place) {
  const name = await place.model();
  const model = await developer(place.base).models.get({ model: name });
  assert.deepEqual([model.name, model.displayName], [`models/${name}`, name]);
  assert.ok(model.supportedActions.includes('predict'), model.supportedActions);
  return model.name;
}

const getUnknownModel = (place) => refusal(
  () => developer(place.base).models.get({ model: 'no-such-model' }), 404, 'NOT_FOUND');

const CALLS = {
  'generate_images, Vertex, key': vertexWithKey,
  'generate_images, all options': vertexAllOptions,
  'generate_images, project and credentials': vertexWithCredentials,
  'generate_images, address alone': vertexAddressAlone,
  'generate_images, whole address': vertexWholeAddress,
  'generate_images, COLLECTION scope': vertexCollection,
  'generate_images, models/M': vertexModelPath,
  'generate_images, server with a key': vertexOtherKey,
  'generate_images, jpeg of 16:9': vertexJpeg,
  'generate_images, Developer mode': developerImages({ aspectRatio: '1:1' }),
  'generate_images, Developer mode, extra_body': developerImages({ httpOptions: { extraBody: { parameters: { seed: SEED } } } }),
  'edit_image, raw and mask': editWithMask,
  'edit_image, mask_dilation': editDilated,
  'edit_image, raw alone': editWithoutMask,
  'edit_image, semantic mask': editSemanticMask,
  'edit_image, control and style': editFollowing,
  'edit_image, subject': editSubject,
  'upscale_image, x4': upscaleFourfold,
  'upscale_image, x2': upscaleTwofold,
  segment_image: segment,
  recontext_image: recontext,
  'generate_content, IMAGE': contentImage,
  'generate_content, shape and candidates': contentShape,
  'generate_content, Vertex': contentVertex,
  'generate_content, inline picture': contentEdit,
  'generate_content, chat': contentChat,
  generate_content_stream: contentStream,
  'generate_content, prefix and api_version': contentPrefix,
  'generate_content, TEXT alone': contentTextAlone,
  'generate_content, file_data': contentFileAddress,
  '400 sampleCount': badCount,
  '400 storageUri': badStorage,
  '401 wrong key': wrongKey,
  '404 model': unknownModel,
  '429, one POST': queueFull,
  '429, retry_options': queueFullWithRetries,
  'models.list': listModels,
  'models.get': getModel,
  'models.get, unknown': getUnknownModel,
};

await runCalls(`google-genai-node-${version}`, CALLS, here);
