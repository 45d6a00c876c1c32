// Makes nodes of the page. Text always goes in as text, never as markup.

import {say} from './words.js';

const SVG = 'http://www.w3.org/2000/svg';

// element('button', {class: 'quiet', say: 'cancel', onclick: stop}, child, ...)
//   say           key of the text in the dictionary of the language
//   sayLabel      the same for aria-label (and the tooltip of a button)
//   on...         listeners; other names are attributes; true and false switch an attribute
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'say') say(node, value);
    else if (key === 'sayLabel') sayLabel(node, value);
    else if (key === 'text') node.textContent = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

export function sayLabel(node, key, values) {
  say(node, key, values, 'aria-label');
  if (node.tagName === 'BUTTON' || node.tagName === 'A') say(node, key, values, 'title');
}

// Outlines of 24 by 24, drawn with a line of 1.75.
const ICONS = {
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  download: 'M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M5 20h14',
  edit: 'M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19 4 20zM14 6.5l3.5 3.5',
  enlarge: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
  compare: 'M12 3v18M8 6H5a1 1 0 00-1 1v10a1 1 0 001 1h3M16 6h3a1 1 0 011 1v10a1 1 0 01-1 1h-3',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5',
  link: 'M10 14a4 4 0 005.7 0l3-3a4 4 0 00-5.7-5.7L12 6.5M14 10a4 4 0 00-5.7 0l-3 3A4 4 0 0011 18.7l1-1.2',
  left: 'M14.5 5.5L8 12l6.5 6.5',
  right: 'M9.5 5.5L16 12l-6.5 6.5',
  lock: 'M7 11V8a5 5 0 0110 0v3M6 11h12v9H6z',
  unlock: 'M7 11V8a5 5 0 019.6-2M6 11h12v9H6z',
  settings: 'M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5v5M9 14.5v5',
  list: 'M9 7h11M9 12h11M9 17h11M5 7h.01M5 12h.01M5 17h.01',
  undo: 'M8 5L4 9l4 4M4 9h10a5.5 5.5 0 010 11h-3',
  redo: 'M16 5l4 4-4 4M20 9H10a5.5 5.5 0 000 11h3',
  brush: 'M20 4c-5 2-9 6-11 9.5l1.7 1.7C14.5 13 18.2 9 20 4zM8 14.5c-2.5 0-3 1.5-3.2 3-.1 1-.7 1.7-1.3 2 2.5.8 6 .2 6.5-3',
  eraser: 'M9 19h11M5.5 15.5l9-10 5 4.5-8 9H8.5zM9.5 11l5.3 4.8',
  where: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8.5 9h7v6h-7z',
  sketch: 'M4 19c3-1 2-5 5-5s1 4 4 3M11 12.5l7-8 2.5 2-7 8-3.3 1z',
  look: 'M4 5h16v14H4zM4 16l4.5-5 4 4.5L15 13l5 5M15.5 8.5h.01',
  colours: 'M12 4a8 8 0 100 16c1.5 0 2-1 1.6-2.1-.5-1.4.2-2.4 1.6-2.4H17a3 3 0 003-3C20 8 16.5 4 12 4zM8 12.5h.01M9.5 8.5h.01M14.5 8.5h.01',
  invert: 'M12 4a8 8 0 100 16zM12 4a8 8 0 010 16',
};

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, attributes = {}) {
  return element('button', {type: 'button', class: 'icon-button', sayLabel: label, onclick,
                            ...attributes}, icon(name));
}

// A button of words alone, or with an icon before them.
export function quietButton(label, onclick, {before, ...attributes} = {}) {
  return element('button', {type: 'button', class: 'quiet', onclick, ...attributes},
                 before && icon(before), element('span', {say: label}));
}

export function bringIntoView(node, block) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  node.scrollIntoView({block, behavior: calm ? 'auto' : 'smooth'});
}

export function byId(id) {
  return document.getElementById(id);
}
