// The seed: a random one for every drawing, or one that is kept.

import {byId, icon, sayLabel} from './element.js';
import {say} from './words.js';

const LARGEST = 2 ** 53;

export class SeedField {
  #input = byId('seed');
  #lock = byId('seed-lock');
  #last = null;

  constructor() {
    this.#input.addEventListener('input', () => {
      this.#input.value = this.#input.value.replace(/\D/g, '');
      this.#show();
    });
    this.#lock.addEventListener('click', () => {
      if (this.value !== null) this.value = null;
      else this.value = this.#last ?? 1;
      this.#input.dispatchEvent(new Event('input', {bubbles: true}));
    });
    this.#show();
  }

  // Null: a random one.
  get value() {
    const text = this.#input.value.trim();
    return text === '' ? null : Math.min(Number(text), LARGEST);
  }

  set value(seed) {
    this.#input.value = seed ?? '';
    this.#show();
  }

  // Remembers with which one was drawn, so that it can be kept.
  drewWith(seed) {
    this.#last = seed;
    this.#show();
  }

  #show() {
    const kept = this.value !== null;
    this.#lock.setAttribute('aria-pressed', kept);
    this.#lock.replaceChildren(icon(kept ? 'lock' : 'unlock'));
    sayLabel(this.#lock, kept ? 'seedUnlock' : 'seedLock');
    const hint = byId('seed-hint');
    if (kept) say(hint, 'seedKept');
    else if (this.#last !== null) say(hint, 'seedLast', {seed: this.#last});
    else say(hint, 'seedNew');
  }
}
