// A link to a form: as JSON in base64url behind the address's #.

import {safeGuides, withoutPictures} from './guide_form.js';

const PREFIX = '#form=';

function bytesToText(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
      .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function textToBytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

const isSet = (value) => value !== null && value !== undefined && value !== '' && value !== false &&
    !(typeof value === 'object' && Object.keys(value).length === 0);

// Without the pictures that a form may have.
export function linkTo(form) {
  const all = Object.entries(withoutPictures(form).form);
  const set = Object.fromEntries(all.filter(([, value]) => isSet(value)));
  const text = bytesToText(new TextEncoder().encode(JSON.stringify(set)));
  return `${location.origin}${location.pathname}${PREFIX}${text}`;
}

// The form of the address that the page was opened with, if it has one that can be read.
export function formOfAddress() {
  if (!location.hash.startsWith(PREFIX)) return null;
  try {
    const form = JSON.parse(new TextDecoder().decode(textToBytes(location.hash.slice(PREFIX.length))));
    return typeof form === 'object' && form !== null ? safeForm(form) : null;
  } catch {
    return null;
  }
}

const TEXTS = ['mode', 'model', 'prompt', 'negative', 'aspect', 'format'];
const NUMBERS = ['count', 'seed', 'size', 'quality'];
const SWITCHES = ['clean_caption', 'exclusive'];

// Anyone can write a link: what is not of its type is left out.
function safeForm(form) {
  const kept = {};
  for (const name of TEXTS) if (typeof form[name] === 'string') kept[name] = form[name];
  for (const name of NUMBERS) if (Number.isFinite(form[name])) kept[name] = form[name];
  for (const name of SWITCHES) if (typeof form[name] === 'boolean') kept[name] = form[name];
  kept.stages = {};
  for (const [size, settings] of Object.entries(form.stages ?? {})) {
    if (typeof settings !== 'object' || settings === null) continue;
    kept.stages[size] = Object.fromEntries(Object.entries(settings)
        .filter(([, value]) => ['number', 'string'].includes(typeof value)));
  }
  if (Array.isArray(form.loras)) {
    kept.loras = form.loras.filter((lora) => typeof lora?.file === 'string')
        .map(({file, weight}) => ({file, weight: Number(weight) || 1}));
  }
  const {x, y} = form.axes ?? {};
  if (typeof x === 'object' && typeof y === 'object') kept.axes = {x, y};
  return {...kept, ...safeGuides(form)};
}
