// The settings of each stage of a model: built from what the server says of it, its defaults shown
// where nothing is filled in.

import {defaultsOf, stageSchema} from './cascade.js';
import {element} from './element.js';
import {choice, labelFor, namesIn, numberBounds, sayUsual} from './fields.js';
import {say} from './words.js';

const LEAST = {steps: 1, strength: 0.05};

export class StageFields {
  #root;
  #capabilities;
  #values = {};  // stage size -> settings that were filled in; kept while a stage is not shown
  #stages = [];  // those shown
  #situation = {};
  #controls = new Map();  // control -> {stage, name}

  constructor(root, capabilities) {
    this.#root = root;
    this.#capabilities = capabilities;
  }

  // `situation` has task, inpaints, and whether the request is plain but for these settings.
  show(stages, situation) {
    this.#stages = stages;
    this.#situation = situation;
    this.#controls.clear();
    this.#root.replaceChildren(...stages.map((stage, index) => this.#group(stage, index)));
  }

  // Shows the defaults that follow from what else is asked for.
  showUsual(situation) {
    this.#situation = situation;
    for (const [control, {stage, name}] of this.#controls) {
      showUsual(control, this.#defaults(stage)[name]);
    }
  }

  #defaults(stage) {
    const {network, ...others} = this.#values[stage.size] ?? {};
    const isPlain = this.#situation.isPlain && Object.keys(others).length === 0;
    return defaultsOf(stage, {...this.#situation, network, isPlain});
  }

  // Whether a setting means something to a stage in what is done.
  #applies(stage, name) {
    const {task, inpaints} = this.#situation;
    if (name === 'strength') return task === 'edit';
    if (name === 'known_region') return inpaints;
    if (name === 'noise_level') return stage.enlarges;
    return name !== 'size';
  }

  // The strength of the first stage has a place of its own beside the picture.
  #group(stage, index) {
    const defaults = this.#defaults(stage);
    const legend = element('legend');
    say(legend, stage.enlarges ? 'stageEnlarges' : 'stageDraws', {size: stage.size});
    const names = Object.keys(defaults).filter((name) => this.#applies(stage, name) &&
        !(name === 'strength' && index === 0) && (defaults[name] ?? null) !== null);
    const fields = names.map((name) => this.#field(stage, name, defaults[name]));
    return element('fieldset', {class: 'group'}, legend,
                   element('div', {class: 'columns'}, ...fields));
  }

  #field(stage, name, usual) {
    const id = `stage-${stage.size}-${name}`;
    const control = this.#control(stage, name, usual, id);
    control.value = this.#values[stage.size]?.[name] ?? '';
    control.addEventListener('input', () => this.set(stage.size, name, control.value));
    this.#controls.set(control, {stage, name});
    const field = element('div', {class: 'field', 'data-field': `${stage.size}:${name}`},
                          labelFor(name, id), control);
    if (control.dataset.names) field.append(namesList(id, control));
    return field;
  }

  #control(stage, name, usual, id) {
    if (name === 'sampler') return choice(id, stage.samplers, usual);
    const schema = stageSchema(this.#capabilities, name);
    const names = namesIn(schema);
    if (typeof usual === 'string' && name !== 'steps') return choice(id, names, usual);
    if (typeof usual === 'boolean') return choice(id, ['true', 'false'], usual);
    const {min, max} = numberBounds(schema);
    const mostSteps = name === 'steps' ? this.#capabilities.limits.steps : undefined;
    const takesNames = typeof usual === 'string' && names.length > 0;
    return element('input', {
      id, type: takesNames ? 'text' : 'number', placeholder: usual, inputmode: 'decimal',
      step: takesNames ? undefined : 'any', min: LEAST[name] ?? min, max: mostSteps ?? max,
      list: takesNames ? `${id}-names` : undefined,
      'data-names': takesNames ? names.join(' ') : undefined,
    });
  }

  // Nothing, or an empty text, leaves the default.
  set(size, name, value) {
    const settings = {...this.#values[size]};
    if (value === '' || value === null || value === undefined) delete settings[name];
    else settings[name] = typeof value === 'string' && value.trim() !== '' && !isNaN(value)
        ? Number(value) : value;
    this.#values[size] = settings;
  }

  get(size, name) {
    return this.#values[size]?.[name];
  }

  // What was filled in of the stages shown, by their size.
  read() {
    const filled = this.#stages.map((stage) => [stage.size, Object.fromEntries(
        Object.entries(this.#values[stage.size] ?? {}).filter(([name]) => this.#applies(stage, name)))]);
    return Object.fromEntries(filled.filter(([, settings]) => Object.keys(settings).length > 0));
  }

  fill(values = {}) {
    this.#values = structuredClone(values);
  }
}

function showUsual(control, usual) {
  if (control.tagName === 'SELECT') sayUsual(control.options[0], usual);
  else control.placeholder = usual ?? '';
}

function namesList(id, control) {
  const names = control.dataset.names.split(' ');
  return element('datalist', {id: `${id}-names`},
                 ...names.map((name) => element('option', {value: name})));
}
