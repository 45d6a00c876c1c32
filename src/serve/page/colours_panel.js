// Of which colours a picture is to be made, and how much of each.

import {element, iconButton, quietButton} from './element.js';
import {showFieldError} from './fields.js';
import {PictureField} from './picture_field.js';
import {say, words} from './words.js';

const MOST = 6;
const FIRST = ['#c8553d', '#f2c14e', '#3d7ea6', '#588157', '#f4efe6', '#2b2d42'];
const COLOUR = /^#[0-9a-f]{6}$/i;

export class ColoursPanel {
  title = 'colours';
  #root;
  #colours = [];  // {colour, share}, the share in parts of the picture where it is said
  #nodes = {};
  #picture;

  constructor(root) {
    this.#root = root;
    this.#picture = new PictureField({name: 'palette_from', type: 'image/webp', field: 'control.palette_from',
                                      changed: () => {
                                        this.#show();
                                        this.#tell();
                                      }});
    const bar = element('div', {class: 'colour-bar', 'aria-hidden': 'true'});
    const list = element('ol', {class: 'colour-list', sayLabel: 'colours'});
    const add = quietButton('colourAdd', () => this.#add(), {before: 'plus', id: 'add-colour'});
    const own = element('div', {class: 'field', 'data-field': 'control.palette'}, bar, list,
                        element('div', {class: 'box-tools'}, add));
    this.#nodes = {bar, list, add, own};
    root.append(element('p', {class: 'hint', say: 'coloursHelp'}), own, this.#picture.node);
    this.#show();
  }

  isAble() { return true; }

  get count() {
    return this.#picture.value ? 1 : this.#colours.length;
  }

  read() {
    const picture = this.#picture.value;
    return {...(this.#colours.length > 0 && {palette: structuredClone(this.#colours)}),
            ...(picture && {palette_from: picture})};
  }

  fill({palette = [], palette_from: picture}) {
    this.#colours = structuredClone(palette);
    this.#picture.fill(picture);
    this.#nodes.list.replaceChildren();
    this.#show();
  }

  // Whether the shares are not more than all: says it else.
  check() {
    if (this.#picture.value) return true;
    const sum = this.#colours.reduce((whole, {share}) => whole + (share ?? 0), 0);
    return sum <= 1.0001 || !showFieldError('control.palette', words('sharesTooMany'));
  }

  #tell() {
    this.#root.dispatchEvent(new Event('input', {bubbles: true}));
  }

  #add() {
    const used = this.#colours.map(({colour}) => colour);
    this.#colours.push({colour: FIRST.find((each) => !used.includes(each)) ?? FIRST[0]});
    this.#show();
    this.#nodes.list.lastChild.querySelector('input').focus();
    this.#tell();
  }

  #remove(row) {
    this.#colours.splice([...this.#nodes.list.children].indexOf(row), 1);
    row.remove();
    this.#show();
    this.#nodes.add.focus();
    this.#tell();
  }

  #show() {
    const {bar, list, add, own} = this.#nodes;
    own.hidden = Boolean(this.#picture.value);
    while (list.children.length < this.#colours.length) list.append(this.#row());
    [...list.children].forEach((row, index) => this.#showRow(row, index));
    add.disabled = this.#colours.length >= MOST;
    const told = this.#colours.reduce((sum, {share}) => sum + (share ?? 0), 0);
    const open = this.#colours.filter(({share}) => share === undefined).length;
    const rest = Math.max(0, 1 - told) / Math.max(1, open);
    bar.hidden = this.#colours.length === 0;
    bar.replaceChildren(...this.#colours.map(({colour, share}) => {
      const part = element('span');
      part.style.background = colour;
      part.style.flexGrow = Math.max(0.02, share ?? rest);
      return part;
    }));
  }

  #showRow(row, index) {
    const {colour, share} = this.#colours[index];
    const [swatch, text, amount] = row.querySelectorAll('input');
    row.dataset.field = `control.palette[${index}]`;
    swatch.value = colour;
    if (text !== document.activeElement) text.value = colour;
    if (amount !== document.activeElement) amount.value = share === undefined ? '' : Math.round(share * 100);
    say(swatch, 'colourNumber', {number: index + 1}, 'aria-label');
    say(text, 'colourCode', {number: index + 1}, 'aria-label');
    say(amount, 'colourShare', {number: index + 1}, 'aria-label');
  }

  #row() {
    const change = (what) => {
      const index = [...this.#nodes.list.children].indexOf(row);
      const {colour, share} = {...this.#colours[index], ...what};
      this.#colours[index] = share === undefined ? {colour} : {colour, share};
      this.#show();
    };
    const swatch = element('input', {type: 'color', oninput: () => change({colour: swatch.value})});
    const written = () => {
      if (COLOUR.test(text.value)) change({colour: text.value.toLowerCase()});
    };
    const text = element('input', {type: 'text', maxlength: 7, spellcheck: 'false', autocapitalize: 'off',
                                   oninput: written, onblur: () => this.#show()});
    const amount = element('input', {type: 'number', min: 1, max: 100, inputmode: 'numeric', oninput: () =>
      change({share: amount.value === '' ? undefined : Number(amount.value) / 100})});
    say(amount, 'shareOpen', {}, 'placeholder');
    const row = element('li', {class: 'colour-row'}, swatch, text,
                        element('span', {class: 'with-unit'}, amount,
                                element('span', {'aria-hidden': 'true', text: '%'})),
                        iconButton('close', 'colourRemove', () => this.#remove(row)));
    return row;
  }
}
