// From how a picture was made to a form that makes it again.

import {defaultsOf} from './cascade.js';
import {guidesOfRecipe, withBoxWords} from './guide_form.js';
import {escaped} from './wildcards.js';

// A recipe of ours. Stages are kept by their size; what a recipe says of a picture that was edited
// or enlarged cannot bring that picture back, so only words and settings are taken. What the model
// does anyway is left open. `known` are the names of settings that a request may have.
export function formOfRecipe(recipe, model, known) {
  const stages = {};
  const isPlain = !recipe.negative && !recipe.loras?.length;
  for (const {size, ...settings} of recipe.stages ?? []) {
    const filled = Object.entries(settings).filter(
        ([name, value]) => known.includes(name) && ['number', 'string'].includes(typeof value));
    const stage = model.stages.find((each) => each.size === size);
    const usual = stage ? defaultsOf(stage, {task: recipe.task, inpaints: false, isPlain}) : {};
    const isUsual = filled.every(([name, value]) => usual[name] === value);
    if (!isUsual) stages[size] = Object.fromEntries(filled);
  }
  const size = recipe.size === model.default_size ? null : recipe.size || null;
  return {
    mode: recipe.task ?? 'generate', model: recipe.model,
    prompt: escaped(recipe.prompt ?? ''), negative: escaped(recipe.negative ?? ''),
    count: 1, seed: recipe.seed ?? null, size, aspect: recipe.aspect ?? '',
    stages, loras: recipe.loras ?? [], clean_caption: recipe.clean_caption ?? false,
    ...withBoxWords(guidesOfRecipe(recipe), escaped),
  };
}

// What other programs write into their pictures: as much of it as this form has fields for.
export function formOfFields(fields, model) {
  const settings = {};
  for (const name of ['steps', 'sampler', 'guidance']) {
    if (fields[name] !== undefined && fields[name] !== null) settings[name] = fields[name];
  }
  const first = model.stages[0];
  const hasSigns = fields.format === 'A1111' && /[()[\]]|\bAND\b/.test(fields.prompt);
  if (!first.samplers.includes(settings.sampler)) delete settings.sampler;
  return {
    mode: 'generate', prompt: escaped(fields.prompt ?? ''), negative: escaped(fields.negative ?? ''),
    count: 1, seed: fields.seed ?? null, stages: {[first.size]: settings},
    ...(hasSigns && {prompt_syntax: 'a1111'}),
  };
}

// The form of a picture that was drawn here: its words are written out, whatever chose them.
export function formOfPicture({form, seed}) {
  return {...withBoxWords(form, escaped), mode: form.mode === 'plot' ? 'generate' : form.mode, seed, count: 1,
          prompt: escaped(form.prompt ?? ''), negative: escaped(form.negative ?? '')};
}
