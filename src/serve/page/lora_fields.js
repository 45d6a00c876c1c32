// Low-rank changes (LoRA): which files of the server, and how much of each.

import {byId, element, iconButton} from './element.js';

export class LoraFields {
  #files;
  #rows = byId('loras');

  constructor(files) {
    this.#files = files;
    this.#rows.closest('[data-field]').hidden = files.length === 0;
    byId('add-lora').addEventListener('click', () => {
      this.#add({file: files[0], weight: 1}).querySelector('select').focus();
      this.#changed();
    });
  }

  read() {
    return [...this.#rows.children].map((row) => ({
      file: row.querySelector('select').value,
      weight: Number(row.querySelector('input').value || 1),
    }));
  }

  // What the server has no file of is left out.
  fill(loras) {
    this.#rows.replaceChildren();
    loras.filter(({file}) => this.#files.includes(file)).forEach((lora) => this.#add(lora));
  }

  #add({file, weight}) {
    const select = element('select', {sayLabel: 'loraFile'},
                           ...this.#files.map((name) => element('option', {value: name, text: name})));
    select.value = file;
    const amount = element('input', {type: 'number', step: 0.1, value: weight,
                                     sayLabel: 'loraWeight'});
    const row = element('div', {class: 'lora'}, select, amount, iconButton('close', 'remove', () => {
      row.remove();
      byId('add-lora').focus();
      this.#changed();
    }));
    this.#rows.append(row);
    return row;
  }

  #changed() {
    this.#rows.dispatchEvent(new Event('input', {bubbles: true}));
  }
}
