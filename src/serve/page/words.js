// The page's language: texts by key, in nodes that change along when another language is chosen.

import {ofBrowser} from './stored.js';
import english from './words_en.js';
import italian from './words_it.js';

const DICTIONARIES = {en: english, it: italian};
const STORED = 'imagine.language';
const said = new WeakMap();  // node -> Map of 'text' or attribute -> {key, values}

let language = firstLanguage();

function firstLanguage() {
  const wanted = [ofBrowser.get(STORED), ...navigator.languages];
  const known = wanted.map((name) => name?.slice(0, 2).toLowerCase())
                      .find((name) => name in DICTIONARIES);
  return known ?? 'en';
}

export function currentLanguage() {
  return language;
}

export function words(key, values = {}) {
  const entry = DICTIONARIES[language][key] ?? DICTIONARIES.en[key];
  if (entry === undefined) return key;
  if (typeof entry === 'function') return entry(values);
  if (typeof entry !== 'string') return entry;
  // A value may be words itself: {words: KEY}.
  return entry.replace(/\{(\w+)\}/g, (whole, name) =>
      (values[name]?.words ? words(values[name].words) : values[name] ?? whole));
}

export function hasWords(key) {
  return key in DICTIONARIES.en;
}

// Writes a text into a node, or into one of its attributes, and keeps it in the page's language.
export function say(node, key, values = {}, property = 'text') {
  if (!said.has(node)) said.set(node, new Map());
  said.get(node).set(property, {key, values});
  write(node, property, words(key, values));
}

// A text that is no word of the dictionary: a prompt, a file's name, what the server says.
export function sayPlainly(node, text) {
  said.get(node)?.delete('text');
  write(node, 'text', text);
}

function write(node, property, text) {
  if (property !== 'text') node.setAttribute(property, text);
  else if (node.textContent !== text) node.textContent = text;
}

// Nodes written in index.html name their texts: data-say, data-say-aria-label, ...
const ATTRIBUTES = ['aria-label', 'placeholder', 'title'];

export function sayDocument() {
  document.documentElement.lang = language;
  document.title = words('title');
  for (const node of document.querySelectorAll('*')) {
    if (node.dataset?.say) say(node, node.dataset.say);
    for (const attribute of ATTRIBUTES) {
      const key = node.getAttribute(`data-say-${attribute}`);
      if (key) say(node, key, {}, attribute);
    }
  }
}

export function chooseLanguage(name) {
  language = name;
  ofBrowser.set(STORED, name);
  document.documentElement.lang = name;
  document.title = words('title');
  for (const node of document.querySelectorAll('*')) {
    for (const [property, {key, values}] of said.get(node) ?? []) {
      write(node, property, words(key, values));
    }
  }
  document.dispatchEvent(new CustomEvent('languagechosen'));
}

export function number(value, digits = 2) {
  return new Intl.NumberFormat(language, {maximumFractionDigits: digits}).format(value);
}

export function fileSize(bytes) {
  const [unit, size] = bytes < 1e6 ? ['kilobyte', bytes / 1e3] : ['megabyte', bytes / 1e6];
  return new Intl.NumberFormat(language, {style: 'unit', unit, maximumFractionDigits: size < 10 ? 1 : 0})
      .format(size);
}

export function moment(milliseconds) {
  return new Intl.DateTimeFormat(language, {dateStyle: 'medium', timeStyle: 'short'})
      .format(milliseconds);
}
