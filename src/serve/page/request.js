// From what the form says to what the server is asked for.

import {modelNamed, taskOf, usedStages} from './cascade.js';
import {guideFields, withBoxWords} from './guide_form.js';
import {expand, hasChoices} from './wildcards.js';

export function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

// A form's settings by stage size, as the list that a request wants: none, or one for each stage
// that is used.
function stageSettings(form, stages) {
  const settings = stages.map((stage) => form.stages?.[stage.size] ?? {});
  return settings.some((each) => Object.keys(each).length > 0) ? settings : undefined;
}

// One request as it is sent. `pictures` has image, mask and sketch as data URLs, how the mask is to be
// read, and the image's shorter side.
export function requestOf(form, capabilities, pictures) {
  const model = modelNamed(capabilities, form.model);
  const task = taskOf(form.mode);
  const stages = usedStages(model, task, form.size, pictures.shorterSide);
  const request = {
    model: model.name, task, prompt: form.prompt, count: form.count, seed: form.seed,
    negative: task === 'upscale' ? undefined : form.negative || undefined,
    size: form.size || undefined,
    aspect: task === 'generate' ? form.aspect || undefined : undefined,
    stages: stageSettings(form, stages),
    loras: form.loras?.length > 0 ? form.loras : undefined,
    format: form.format || undefined,
    quality: form.quality ?? undefined,
    clean_caption: form.clean_caption || undefined,
    exclusive: form.exclusive || undefined,
    ...(task !== 'upscale' && guideFields(form, model, pictures.sketch)),
  };
  if (task !== 'generate') request.image = pictures.image;
  if (task === 'edit' && pictures.mask) {
    request.mask = pictures.mask;
    request.mask_use = pictures.maskUse;
  }
  return request;
}

// A form with a prompt that chooses comes to one form for each picture, each with its own words;
// any other stays one. The seed is settled, so that a link or a history tells it.
export function settledForms(form) {
  const seed = form.seed ?? randomSeed();
  const texts = [form.prompt, form.negative ?? '', ...(form.boxes ?? []).map(({words}) => words)];
  const chooses = texts.some(hasChoices);
  const parts = chooses ? form.count : 1;
  return Array.from({length: parts}, (_, k) => ({
    ...withBoxWords(form, (text) => expand(text, seed + k)), seed: seed + k, count: chooses ? 1 : form.count,
    prompt: expand(form.prompt, seed + k),
    negative: expand(form.negative ?? '', seed + k),
  }));
}
