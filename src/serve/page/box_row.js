// What is said of one box: its words, and behind a button where exactly it is and how much it counts.

import {fitted, isRest} from './box_shapes.js';
import {element, iconButton} from './element.js';
import {USUAL_OF_BOXES} from './guide_form.js';
import {SliderField} from './slider_field.js';
import {say, sayPlainly} from './words.js';

const SIDES = ['left', 'top', 'width', 'height'];
export const KINDS = ['region', 'layout'];
const BOUNDS = {strength: {min: 0.05, max: 1}, feather: {min: 0, max: 0.5}, until: {min: 0.05, max: 1}};
let made = 0;

// Tells 'changed' with what is new of the box, 'removed', and 'chosen'.
export class BoxRow extends EventTarget {
  node;
  #id = `box-${++made}`;
  #number = element('span', {class: 'number', 'aria-hidden': 'true'});
  #words;
  #sides;
  #kind;
  #sliders;
  #ofRegions;
  #exactly;
  #rest = element('p', {class: 'hint rest', say: 'restHint'});
  #more;
  #box = {};

  constructor() {
    super();
    this.#words = element('input', {type: 'text', id: this.#id, autocomplete: 'off', enterkeyhint: 'go',
                                    oninput: () => this.#tell('changed', {words: this.#words.value})});
    const chosen = () => this.#tell('changed', {kind: this.#kind.value});
    this.#kind = element('select', {id: `${this.#id}-kind`, oninput: chosen}, ...KINDS.map((kind) =>
        element('option', {value: kind, say: `kind_${kind}`})));
    this.#sides = SIDES.map((side, index) => this.#buildSide(side, index));
    this.#sliders = Object.fromEntries(Object.keys(USUAL_OF_BOXES).map((name) => [name, this.#buildSlider(name)]));
    this.#more = element('div', {class: 'box-more', id: `${this.#id}-more`, hidden: true},
                         ...this.#buildMore());
    const open = (isOpen) => {
      this.#more.hidden = !isOpen;
      opener.setAttribute('aria-expanded', isOpen);
    };
    const opener = iconButton('settings', 'boxMore', () => open(this.#more.hidden),
                              {'aria-expanded': 'false', 'aria-controls': this.#more.id});
    this.#more.addEventListener('reveal', () => open(true));
    this.node = element('li', {class: 'box-row'}, element('div', {class: 'box-line'},
        this.#number, this.#words, opener, iconButton('close', 'boxRemove', () => this.#tell('removed'))),
        this.#rest, this.#more);
    this.node.addEventListener('focusin', () => this.#tell('chosen'));
  }

  // `both` says whether boxes may be of either kind, `isAble` whether the model can do this one.
  show(box, {number, field, isChosen, both, isAble}) {
    this.#box = box;
    this.node.dataset.field = field;
    this.node.style.setProperty('--hue', box.hue);
    this.node.classList.toggle('chosen', isChosen);
    this.node.classList.toggle('unable', !isAble);
    sayPlainly(this.#number, String(number));
    if (this.#words.value !== box.words) this.#words.value = box.words;
    const rest = isRest(box.box), isRegion = box.kind === 'region';
    say(this.#words, 'boxWords', {number}, 'aria-label');
    say(this.#words, rest ? 'restExample' : isRegion ? 'regionExample' : 'layoutExample', {}, 'placeholder');
    this.#kind.value = box.kind;
    this.#kind.closest('.field').hidden = !both || rest;
    this.#exactly.hidden = rest;
    this.#rest.hidden = !rest;
    this.#sides.forEach((input, index) => {
      if (input !== document.activeElement) input.value = Math.round(box.box[index] * 100);
    });
    this.#ofRegions.hidden = !isRegion;
    this.#exactly.dataset.field = `${field}.box`;
    for (const [name, slider] of Object.entries(this.#sliders)) {
      slider.node.dataset.field = `${field}.${name}`;
      slider.show(box[name], USUAL_OF_BOXES[name]);
    }
  }

  focus() {
    this.#words.focus();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }

  // A number may be unfinished as it is written: it counts when it is left.
  #buildSide(side, index) {
    const taken = () => {
      const box = [...this.#box.box];
      box[index] = Number(input.value) / 100;
      this.#tell('changed', {box: fitted(box)});
      input.value = Math.round(this.#box.box[index] * 100);
      this.node.dispatchEvent(new Event('input', {bubbles: true}));
    };
    const input = element('input', {type: 'number', id: `${this.#id}-${side}`, min: 0, max: 100, step: 1,
                                    inputmode: 'numeric', onchange: taken});
    return input;
  }

  #buildSlider(name) {
    return new SliderField({id: `${this.#id}-${name}`, label: `region_${name}`, hint: `regionHint_${name}`,
                            step: 0.05, ...BOUNDS[name],
                            chosen: (value) => this.#tell('changed', {[name]: value})});
  }

  #buildMore() {
    const field = (label, control) =>
        element('div', {class: 'field'}, element('label', {for: control.id, say: label}), control);
    this.#exactly = element('div', {class: 'columns sides-of-box'},
                            ...this.#sides.map((input, index) => field(`boxSide_${SIDES[index]}`, input)));
    const sliders = Object.values(this.#sliders).map(({node}) => node);
    this.#ofRegions = element('div', {class: 'of-regions'}, ...sliders);
    return [field('boxKind', this.#kind), this.#exactly, this.#ofRegions];
  }
}
