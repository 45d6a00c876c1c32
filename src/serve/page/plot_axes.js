// What a grid (an X/Y plot) varies: reads the values of an axis and puts one into a form.

import {words} from './words.js';

export const AXES = ['none', 'seed', 'steps', 'guidance', 'sampler', 'prompt'];
export const MOST_CELLS = 100;

// The values are parted by commas; a backslash before a comma keeps it.
function parted(text) {
  return text.split(/(?<!\\),/).map((value) => value.replaceAll('\\,', ',').trim())
      .filter((value) => value !== '');
}

// "1-4" are four numbers, "10-30 +10" three.
function numbersIn(value) {
  const range = value.match(/^(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)(?:\s*\+\s*(\d+(?:\.\d+)?))?$/);
  if (!range) return [Number(value)];
  const [first, last, step] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)];
  if (!(step > 0) || last < first) return [NaN];
  const count = Math.min(Math.floor((last - first) / step + 1e-9) + 1, MOST_CELLS + 1);
  return Array.from({length: count}, (_, k) => Number((first + k * step).toFixed(6)));
}

// Throws an Error with a text for people.
export function valuesOf({what, text}, {samplers, prompt, stepNames}) {
  if (what === 'none') return [null];
  const values = parted(text);
  if (values.length === 0) throw new Error(words('plotNoValues'));
  if (what === 'prompt') {
    if (!prompt.includes(values[0])) throw new Error(words('plotNotInPrompt', {text: values[0]}));
    return values;
  }
  if (what === 'sampler') {
    const unknown = values.find((value) => !samplers.includes(value));
    if (unknown) throw new Error(words('plotUnknownSampler', {name: unknown,
                                                              known: samplers.join(', ')}));
    return values;
  }
  return values.flatMap((value) => {
    if (what === 'steps' && stepNames.includes(value)) return [value];
    const numbers = numbersIn(value);
    const whole = what === 'guidance' || numbers.every(Number.isInteger);
    if (!whole || numbers.some((each) => !(each >= 0))) {
      throw new Error(words('plotNoNumber', {text: value}));
    }
    return numbers;
  });
}

// The form with one value of an axis in it. Steps, guidance and sampler are the first stage's.
function withValue(form, axis, value, firstStage) {
  if (axis.what === 'none') return form;
  if (axis.what === 'seed') return {...form, seed: value};
  if (axis.what === 'prompt') {
    return {...form, prompt: form.prompt.replaceAll(axis.values[0], value)};
  }
  const settings = {...form.stages?.[firstStage], [axis.what]: value};
  return {...form, stages: {...form.stages, [firstStage]: settings}};
}

export function labelOf(axis, value) {
  if (axis.what === 'none') return '';
  if (axis.what === 'prompt') return String(value);
  return `${words(`axis_${axis.what}`)} ${value}`;
}

// One form for each picture of a grid, and its place.
export function cellsOf({x, y}, form, firstStage) {
  return y.values.flatMap((yValue, row) => x.values.map((xValue, column) => ({
    form: withValue(withValue(form, y, yValue, firstStage), x, xValue, firstStage), row, column,
  })));
}
