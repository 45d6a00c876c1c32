// Fields of the form: their errors, and what a field of a stage looks like.

import {element} from './element.js';
import {hasWords, say, sayPlainly} from './words.js';

const nodeOf = (name) => document.querySelector(`[data-field~="${CSS.escape(name)}"]`);
const controlIn = (node) => node.querySelector('input, select, textarea') ?? node.querySelector('button');

// Shows a problem beside the field that the server names. Says whether there is such a field.
export function showFieldError(name, message) {
  const node = nodeOf(name);
  node?.dispatchEvent(new Event('reveal', {bubbles: true}));
  if (!node || node.closest('[hidden]')) return false;
  clearFieldError(node);
  for (let around = node.parentElement; around; around = around.parentElement) {
    if (around.tagName === 'DETAILS') around.open = true;
  }
  const text = element('p', {class: 'error', role: 'alert', id: `error-${name.replace(/\W+/g, '-')}`});
  sayPlainly(text, message);
  node.append(text);
  const control = controlIn(node);
  control.setAttribute('aria-invalid', 'true');
  control.setAttribute('aria-errormessage', text.id);
  control.focus();
  text.scrollIntoView({block: 'nearest'});
  return true;
}

export function clearFieldError(node) {
  node.querySelector(':scope > .error')?.remove();
  const control = controlIn(node);
  control?.removeAttribute('aria-invalid');
  control?.removeAttribute('aria-errormessage');
}

// Of a control's field, and of those that this one is within.
export function clearErrorsAround(control) {
  const fieldOf = (node) => node?.closest('[data-field]');
  for (let node = fieldOf(control); node; node = fieldOf(node.parentElement)) clearFieldError(node);
}

export function clearErrors(form) {
  for (const node of form.querySelectorAll('[data-field]')) clearFieldError(node);
}

// "stages[1]: steps" is the field of the second stage that is used; "stages.steps" and "steps" are
// the first one's.
export function stageFieldOf(name, stages) {
  const parts = name.match(/^stages(?:\[(\d+)\])?[:.]?\s*(\w+)?$/) ?? [];
  const stage = stages[Number(parts[1] ?? 0)] ?? stages[0];
  return stage ? `${stage.size}:${parts[2] ?? name}` : name;
}

function option(value) {
  const node = element('option', {value});
  if (hasWords(`value_${value}`)) say(node, `value_${value}`);
  else sayPlainly(node, value);
  return node;
}

// Says of a choice that it leaves the default.
export function sayUsual(option, value) {
  const known = hasWords(`value_${value}`);
  say(option, 'usualValue', {value: known ? {words: `value_${value}`} : String(value)});
}

// A select whose first choice leaves the default.
export function choice(id, values, usual) {
  const first = element('option', {value: ''});
  sayUsual(first, usual);
  return element('select', {id}, first, ...values.map(option));
}

// The number that a field allows at least or at most; what it must only be above is left to the
// server.
const least = (schema) => schema.minimum ?? schema.exclusiveMinimum;
const most = (schema) => schema.maximum ?? schema.exclusiveMaximum;

// The names that a number may be given as: lists of timesteps.
export function namesIn(schema) {
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return alternatives.flatMap((each) => each.enum ?? []).filter((name) => typeof name === 'string');
}

export function numberBounds(schema) {
  const numeric = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
      .find((each) => least(each) !== undefined || most(each) !== undefined) ?? {};
  return {min: least(numeric), max: most(numeric)};
}

// A label for what the dictionary does not know: its name, as words.
export function labelFor(name, id) {
  const label = element('label', {for: id});
  if (hasWords(`setting_${name}`)) say(label, `setting_${name}`);
  else sayPlainly(label, name.replaceAll('_', ' '));
  return label;
}
