// A number that is slid to, beside what it is usually.

import {element} from './element.js';
import {say} from './words.js';

export class SliderField {
  node;
  #slider;
  #value;
  #usual;
  #isPercent;

  // `chosen` is called with the number, or with nothing where the usual one is to be taken again.
  constructor({id, field, label, hint, min, max, step, chosen, isPercent = false}) {
    this.#isPercent = isPercent;
    this.#value = element('output', {for: id});
    this.#slider = element('input', {type: 'range', id, min, max, step,
                                     oninput: () => chosen(Number(this.#slider.value))});
    this.#usual = element('button', {type: 'button', class: 'link', say: 'usual', onclick: () => {
      chosen(undefined);
      this.#slider.focus();
      this.node.dispatchEvent(new Event('input', {bubbles: true}));
    }});
    this.node = element('div', {class: 'field slider', 'data-field': field},
        element('div', {class: 'label-row'}, element('label', {for: id, say: label}),
                element('span', {}, this.#value, ' ', this.#usual)),
        this.#slider, hint && element('p', {class: 'hint', say: hint}));
  }

  show(chosen, usual) {
    this.#slider.value = chosen ?? usual;
    const number = chosen ?? usual, value = this.#isPercent ? `${Math.round(number * 100)} %` : String(number);
    say(this.#value, chosen === undefined ? 'usualValue' : 'plainValue', {value});
    this.#usual.hidden = chosen === undefined;
  }
}
