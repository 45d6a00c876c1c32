// The form: what is to be drawn, and how. Its choices, ranges and defaults come from the server.

import {can, modelNamed, requestSchema, sizesOf, taskOf, usableModels, usedStages} from './cascade.js';
import {byId, element} from './element.js';
import {isInWindows, needsWhole} from './guide_form.js';
import {Guides} from './guides.js';
import {clearErrors, clearErrorsAround, showFieldError, stageFieldOf} from './fields.js';
import {LoraFields} from './lora_fields.js';
import {SeedField} from './seed_field.js';
import {ShapeField, ratioOf} from './shape_field.js';
import {StageFields} from './stage_fields.js';
import {say, sayPlainly, words} from './words.js';

const MODES = ['generate', 'edit', 'upscale', 'plot'];
const DRAW = {generate: 'draw', edit: 'drawEdit', upscale: 'drawUpscale', plot: 'drawPlot'};

export class Form extends EventTarget {
  node = byId('form');
  seed = new SeedField();
  #capabilities;
  #stages;
  #shape = new ShapeField(byId('aspect'));
  #loras;
  #guides;
  #picture = {shorterSide: 0, inpaints: false, shown: null};
  #seedOnAxis = false;

  constructor(capabilities) {
    super();
    this.#capabilities = capabilities;
    this.#stages = new StageFields(byId('stages'), capabilities);
    this.#loras = new LoraFields(capabilities.loras);
    this.#guides = new Guides(capabilities);
    this.#offerChoices();
    for (const radio of this.#modeRadios()) {
      radio.addEventListener('change', () => this.#modeChosen());
    }
    for (const id of ['model', 'size', 'format']) byId(id).addEventListener('change', () => this.#refresh());
    this.node.addEventListener('input', ({target}) => {
      clearErrorsAround(target);
      this.#changed();
    });
    this.#refresh();
  }

  get mode() {
    return this.node.elements.mode.value;
  }

  set mode(mode) {
    this.node.elements.mode.value = mode;
    this.#modeChosen();
  }

  get task() {
    return taskOf(this.mode);
  }

  // Whether the model can do what that way of working asks for.
  canDo(mode) {
    return can(this.model, taskOf(mode));
  }

  get model() {
    return modelNamed(this.#capabilities, byId('model').value);
  }

  // The stages that what the form asks for goes through.
  get stages() {
    const size = Number(byId('size').value);
    return usedStages(this.model, this.task, size, this.#picture.shorterSide);
  }

  get strength() {
    return this.#stages.get(this.model.stages[0].size, 'strength');
  }

  set strength(value) {
    this.#stages.set(this.model.stages[0].size, 'strength', value);
    this.#changed();
  }

  // What is edited or enlarged: defaults and stages follow from it.
  setPicture(picture) {
    this.#picture = picture;
    this.#refresh();
  }

  read() {
    return {
      mode: this.mode, model: this.model.name,
      prompt: byId('prompt').value.trim(), negative: byId('negative').value.trim(),
      count: Number(byId('count').value || 1), seed: this.seed.value,
      size: Number(byId('size').value) || null,
      aspect: this.#shape.value, stages: this.#stages.read(), loras: this.#loras.read(),
      format: byId('format').value, quality: this.#quality(),
      clean_caption: byId('clean_caption').checked, exclusive: byId('exclusive').checked,
      ...(byId('prompt_syntax').checked && {prompt_syntax: 'a1111'}),
      ...(this.#shape.method && {aspect_method: this.#shape.method}), ...this.#guides.read(),
    };
  }

  fill(form) {
    clearErrors(this.node);
    this.node.elements.mode.value = MODES.includes(form.mode) ? form.mode : 'generate';
    byId('model').value = modelNamed(this.#capabilities, form.model).name;
    this.#stages.fill(form.stages);
    this.#refresh();
    byId('prompt').value = form.prompt ?? '';
    byId('negative').value = form.negative ?? '';
    byId('count').value = form.count ?? 1;
    byId('size').value = form.size ? String(form.size) : '';
    if (byId('size').selectedIndex < 0) byId('size').value = '';
    byId('format').value = this.#capabilities.formats.includes(form.format) ? form.format : '';
    byId('quality').value = form.quality ?? '';
    byId('clean_caption').checked = Boolean(form.clean_caption);
    byId('exclusive').checked = Boolean(form.exclusive);
    byId('prompt_syntax').checked = form.prompt_syntax === 'a1111';
    this.seed.value = form.seed ?? null;
    this.#shape.value = form.aspect ?? '';
    this.#shape.method = form.aspect_method ?? '';
    this.#loras.fill(form.loras ?? []);
    this.#guides.fill(form);
    this.#modeChosen();
  }

  // In a grid whose axis has the seeds.
  hideSeed(onAxis) {
    this.#seedOnAxis = onAxis;
    this.#refresh();
  }

  // Whether all numbers are within their ranges: says else, in the page's language, what they are.
  check() {
    for (const control of this.node.querySelectorAll('input[type=number]')) {
      const {badInput, rangeUnderflow, rangeOverflow} = control.validity;
      const field = control.closest('[data-field]');
      if (!field || field.closest('[hidden]') || !(badInput || rangeUnderflow || rangeOverflow)) continue;
      const {min, max} = control;
      if (showFieldError(field.dataset.field, words('outOfRange', {min, max}))) return false;
    }
    return this.#guides.check();
  }

  // What came of a form lies below its boxes.
  showDrawn({form, blob}) {
    if (form?.boxes) this.#guides.showDrawn(blob);
  }

  // What was drawn to be followed, as a data URL; nothing where there is none.
  sketch() {
    return this.#guides.sketch();
  }

  // Says what is wrong beside the field that it is about, or below the button.
  showError(problem) {
    const error = byId('form-error');
    if (problem.field && this.#showAtField(problem.field, this.#wordsOf(problem))) {
      error.hidden = true;
      return;
    }
    error.hidden = false;
    sayPlainly(error, problem.message);
  }

  clearErrors() {
    clearErrors(this.node);
    byId('form-error').hidden = true;
  }

  // Beside a field its name is not said again.
  #wordsOf({field, message}) {
    if (field === 'prompt' && byId('prompt').value.trim() === '') return words('promptNeeded');
    return message.replace(/^[\w.[\]]+: /, '');
  }

  #showAtField(name, message) {
    return showFieldError(name, message) ||
           showFieldError(stageFieldOf(name, this.stages), message) ||
           partsOf(name).some((part) => showFieldError(part, message));
  }

  #modeRadios() {
    return this.node.querySelectorAll('input[name=mode]');
  }

  #offerChoices() {
    const {formats, limits, models} = this.#capabilities;
    byId('format').append(...formats.map((name) => element('option', {
      value: name === formats[0] ? '' : name, text: name.toUpperCase()})));
    byId('count').max = limits.count;
    byId('prompt').maxLength = limits.prompt;
    byId('negative').maxLength = limits.prompt;
    byId('model').append(...models.map((model) => element('option', {
      value: model.name, text: model.error ? `${model.name}: ${model.error}` : model.name,
      disabled: Boolean(model.error)})));
    byId('model').value = modelNamed(this.#capabilities, '').name;
    byId('model').closest('.field').hidden = models.length < 2;
    for (const name of ['clean_caption', 'exclusive', 'prompt_syntax']) {
      byId(name).closest('.field').hidden = !requestSchema(this.#capabilities, name);
    }
  }

  #modeChosen() {
    this.clearErrors();
    this.#refresh();
    this.dispatchEvent(new Event('modechosen'));
    this.#changed();
  }

  // Of the formats that lose something.
  #quality() {
    const text = byId('quality').value;
    return this.#hasQuality() && text !== '' ? Number(text) : null;
  }

  #hasQuality() {
    const isKnown = Boolean(requestSchema(this.#capabilities, 'quality'));
    return isKnown && ['jpeg', 'webp'].includes(byId('format').value);
  }

  // Shows what the model can do in this way of working, and hides the rest.
  #refresh() {
    if (!this.canDo(this.mode)) this.mode = 'generate';
    const model = this.model, mode = this.mode, task = this.task;
    for (const radio of this.#modeRadios()) {
      radio.closest('label').hidden = !this.canDo(radio.value);
    }
    const sizes = sizesOf(model, task, this.#picture.shorterSide);
    this.#offerSizes(sizes, task === 'upscale' ? sizes[0] : model.default_size);
    byId('plot-fields').hidden = mode !== 'plot';
    const shown = {aspect: task === 'generate', quality: this.#hasQuality(), count: mode !== 'plot',
                   negative: task !== 'upscale', size: task === 'upscale' || sizes.length > 1};
    shown.seed = mode !== 'plot' || !this.#seedOnAxis;
    for (const [name, isShown] of Object.entries(shown)) {
      this.node.querySelector(`[data-field="${name}"]`).hidden = !isShown;
    }
    this.#stages.show(this.stages, this.#situation());
    say(byId('draw'), DRAW[mode]);
    this.#showGuides();
    this.dispatchEvent(new Event('modelchosen'));
  }

  #showGuides() {
    const {shown} = this.#picture, isEdit = this.task === 'edit';
    const ratio = isEdit && shown ? shown.width / shown.height : ratioOf(isEdit ? '' : this.#shape.value);
    const form = this.read();
    this.#guides.show({model: this.model, task: this.task, ratio, picture: isEdit ? shown : null,
                       inWindows: isInWindows(form, this.model)});
    this.#shape.offerMethods({windows: !needsWhole(form, this.model), whole: !this.model.draws_squares_alone});
  }

  // Nothing is the usual size.
  #offerSizes(sizes, usual) {
    const select = byId('size'), before = select.value;
    select.replaceChildren(...sizes.map((size) => element('option', {
      value: size === usual ? '' : size, text: `${size} × ${size}`})));
    select.value = before;
    if (select.selectedIndex < 0) select.value = '';
  }

  // What is filled in behind "More settings" is not to be forgotten there.
  #countMore() {
    const {negative, stages, loras, format, quality, clean_caption, exclusive, prompt_syntax} = this.read();
    const ofStages = Object.values(stages).map((settings) => Object.keys(settings).length);
    const others = [negative, format, quality !== null, clean_caption, exclusive, prompt_syntax]
        .filter(Boolean).length;
    const count = ofStages.reduce((sum, each) => sum + each, others + loras.length + this.#guides.changed);
    byId('more-count').hidden = count === 0;
    say(byId('more-count'), 'changedCount', {count});
  }

  #situation() {
    const isPlain = byId('negative').value.trim() === '' && this.#loras.read().length === 0 &&
        !this.#guides.hasNegative;
    return {task: this.task, inpaints: this.#picture.inpaints, isPlain};
  }

  #changed() {
    this.#stages.showUsual(this.#situation());
    this.#showGuides();
    this.#countMore();
    this.dispatchEvent(new Event('changed'));
  }
}

// "regions[1].prompt" is within "regions[1]", which is within "regions".
function partsOf(name) {
  const parts = [];
  for (let part = name; part !== ''; part = part.replace(/(^|[[.:])[^[.:]*$/, '')) parts.push(part);
  return parts;
}

export function usableModelOrNone(capabilities) {
  if (usableModels(capabilities).length > 0) return null;
  return words('noModel', {why: capabilities.models[0]?.error ?? ''});
}
