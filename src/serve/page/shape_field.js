// The shape of what is drawn: some usual ones to choose from, or any ratio; and how that is drawn.

import {byId, element} from './element.js';
import {say} from './words.js';

const SHAPES = ['1:1', '4:3', '3:4', '3:2', '2:3', '16:9', '9:16'];
const LONGER_SIDE = 18;  // of the little outlines, in pixels

// Width to height; 1 where it cannot be read.
export function ratioOf(shape) {
  const [width, height] = (shape || '1:1').split(':').map(Number);
  return width > 0 && height > 0 ? width / height : 1;
}

function outline(shape) {
  const [width, height] = shape.split(':').map(Number);
  const longer = Math.max(width, height);
  const node = element('span', {class: 'outline', 'aria-hidden': 'true'});
  node.style.width = `${LONGER_SIDE * width / longer}px`;
  node.style.height = `${LONGER_SIDE * height / longer}px`;
  return node;
}

export class ShapeField {
  #root;
  #method = '';  // 'windows', or the model's own
  #canBeInWindows = true;
  #canBeWhole = true;
  #other = element('input', {type: 'text', class: 'other-shape', placeholder: '5:4', maxlength: 12,
                             sayLabel: 'otherShape', hidden: true});

  constructor(root) {
    this.#root = root;
    const other = element('span');
    say(other, 'other');
    root.append(...SHAPES.map((shape) => this.#choice(shape, outline(shape),
                                                      element('span', {text: shape}))),
                this.#choice('other', other), this.#other);
    root.addEventListener('change', () => this.#show());
    this.#methods().forEach((radio) => radio.addEventListener('input', () => {
      this.#method = radio.value;
      this.#show();
    }));
    this.value = '';
  }

  get method() { return this.#method; }

  set method(method) {
    this.#method = method === 'windows' ? method : '';
    this.#show();
  }

  // Where it cannot be drawn so, the choice is kept, but not what is shown.
  offerMethods({windows, whole}) {
    this.#canBeInWindows = windows;
    this.#canBeWhole = whole;
    this.#show();
  }

  // Empty: a square.
  get value() {
    const chosen = this.#chosen();
    if (chosen === 'other') return this.#other.value.trim();
    return chosen === '1:1' ? '' : chosen;
  }

  set value(shape) {
    const known = shape === '' ? '1:1' : SHAPES.includes(shape) ? shape : 'other';
    this.#root.querySelector(`input[value="${known}"]`).checked = true;
    if (known === 'other') this.#other.value = shape;
    this.#show();
  }

  #chosen() {
    return this.#root.querySelector('input[type=radio]:checked').value;
  }

  #show() {
    this.#other.hidden = this.#chosen() !== 'other';
    const shown = !this.#canBeWhole ? 'windows' : this.#canBeInWindows ? this.#method : '';
    for (const radio of this.#methods()) {
      radio.checked = radio.value === shown;
      radio.disabled = !this.#canBeInWindows || !this.#canBeWhole;
    }
    byId('aspect-methods').hidden = this.value === '';
    byId('aspect-method-hint').hidden = this.#canBeInWindows && shown === '';
    say(byId('aspect-method-hint'), this.#canBeInWindows ? 'windowsHelp' : 'windowsCannot');
  }

  #methods() {
    return byId('aspect-methods').querySelectorAll('input');
  }

  #choice(value, ...content) {
    const radio = element('input', {type: 'radio', name: 'aspect', value});
    return element('label', {}, radio, element('span', {class: 'shape'}, ...content));
  }
}
