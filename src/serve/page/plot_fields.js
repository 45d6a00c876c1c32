// The two axes of a grid in the form: what is varied, and by which values.

import {AXES, MOST_CELLS, valuesOf} from './plot_axes.js';
import {byId, element} from './element.js';
import {clearFieldError, namesIn, showFieldError} from './fields.js';
import {stageSchema} from './cascade.js';
import {say, words} from './words.js';

const FIRST = {x: {what: 'seed', text: '1-4'}, y: {what: 'none', text: ''}};

export class PlotFields {
  #form;
  #capabilities;
  #rows = {};

  constructor(form, capabilities) {
    this.#form = form;
    this.#capabilities = capabilities;
    byId('plot-axes').append(...['x', 'y'].map((name) => this.#row(name)));
    this.fill(FIRST);
  }

  // What the fields say, as a link keeps it.
  read() {
    const axis = ({what, text}) => ({what: what.value, text: text.value});
    return {x: axis(this.#rows.x), y: axis(this.#rows.y)};
  }

  fill(axes) {
    for (const name of ['x', 'y']) {
      const {what, text} = axes?.[name] ?? FIRST[name];
      this.#rows[name].what.value = AXES.includes(what) ? what : 'none';
      this.#rows[name].text.value = String(text ?? '');
      this.#show(name);
    }
    this.#count();
  }

  // The axes with their values; nothing where one of them is wrong, which is then shown.
  axes() {
    const read = this.read(), axes = {};
    for (const name of ['x', 'y']) {
      try {
        axes[name] = {...read[name], values: this.#values(read[name])};
      } catch (problem) {
        showFieldError(`axis-${name}`, problem.message);
        return null;
      }
    }
    if (axes.x.values.length * axes.y.values.length > MOST_CELLS) {
      showFieldError('axis-x', words('plotTooMany', {most: MOST_CELLS}));
      return null;
    }
    return axes;
  }

  #values(axis) {
    return valuesOf(axis, {samplers: this.#form.model.stages[0].samplers,
                           prompt: byId('prompt').value,
                           stepNames: namesIn(stageSchema(this.#capabilities, 'steps'))});
  }

  #row(name) {
    const what = element('select', {id: `axis-${name}`}, ...AXES.map((axis) =>
        element('option', {value: axis, say: `axis_${axis}`})));
    const text = element('input', {id: `axis-${name}-values`, type: 'text', sayLabel: `axisValues_${name}`,
                                   autocapitalize: 'off', spellcheck: 'false'});
    const changed = () => {
      clearFieldError(row);
      this.#count();
    };
    what.addEventListener('change', () => {
      text.value = this.#example(what.value);
      this.#show(name);
      changed();
    });
    text.addEventListener('input', changed);
    const row = element('div', {class: 'field', 'data-field': `axis-${name}`},
        element('label', {for: `axis-${name}`, say: `axis_${name}`}),
        element('div', {class: 'axis'}, what, text));
    this.#rows[name] = {what, text};
    return row;
  }

  // Values to begin with, so that nothing has to be looked up.
  #example(what) {
    const samplers = this.#form.model.stages[0].samplers;
    const firstWord = byId('prompt').value.split(/[\s,]+/).find((word) => word.length > 2) ?? '';
    return {none: '', seed: '1-4', steps: '8, 16, 32', guidance: '1, 3, 5, 8',
            sampler: samplers.slice(0, 3).join(', '), prompt: firstWord}[what];
  }

  // Where the seeds stand on an axis, there is no other.
  #hideSeed() {
    const onAxis = Object.values(this.#rows).some(({what}) => what.value === 'seed');
    this.#form.hideSeed(onAxis);
  }

  #show(name) {
    const {what, text} = this.#rows[name];
    text.hidden = what.value === 'none';
    this.#hideSeed();
    say(text, `axisExample_${what.value}`, {}, 'placeholder');
  }

  #count() {
    const read = this.read();
    try {
      const [across, down] = ['x', 'y'].map((name) => this.#values(read[name]).length);
      say(byId('plot-count'), 'plotCount', {across, down, count: across * down});
    } catch {
      say(byId('plot-count'), 'plotUnclear');
    }
  }
}
