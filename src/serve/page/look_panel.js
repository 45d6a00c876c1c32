// In whose look a picture is drawn: in one that has a name, which is words around the prompt, or in
// another picture's.

import {element} from './element.js';
import {PictureField} from './picture_field.js';
import {SliderField} from './slider_field.js';
import {hasWords, say, sayPlainly} from './words.js';

const BOUNDS = {weight: {min: 0.05, max: 2}, until: {min: 0.05, max: 1}};

export class LookPanel {
  title = 'look';
  #root;
  #styles;
  #look = {};  // the name, and weight and until of the picture where they are not usual
  #able = {style: false};
  #named;
  #chips;
  #around = element('p', {class: 'hint', 'aria-live': 'polite'});
  #picture;
  #sliders = {};
  #ofPicture;
  #reason = element('p', {class: 'hint'});

  constructor(root, {styles}) {
    this.#root = root;
    this.#styles = styles;
    this.#chips = styles.map((style) => this.#chip(style));
    this.#named = element('div', {class: 'named-looks'}, element('p', {class: 'hint', say: 'lookHelp'}),
                          element('div', {class: 'looks', role: 'group', sayLabel: 'looks'}, ...this.#chips),
                          this.#around);
    this.#picture = new PictureField({name: 'look', type: 'image/webp', field: 'style.picture',
                                      changed: () => this.#change({})});
    for (const [name, bounds] of Object.entries(BOUNDS)) {
      this.#sliders[name] = new SliderField({id: `look-${name}`, field: `style.${name}`, label: `look_${name}`,
                                             hint: `lookHint_${name}`, step: 0.05, ...bounds,
                                             chosen: (value) => this.#change({[name]: value})});
    }
    this.#ofPicture = element('div', {class: 'guide-body'}, ...Object.values(this.#sliders).map(({node}) => node));
    root.append(element('div', {class: 'field', 'data-field': 'style'}, this.#named, this.#picture.node,
                        this.#ofPicture), this.#reason);
    this.#show();
  }

  isAble() { return true; }

  get count() {
    return this.#hasPicture || this.#look.name ? 1 : 0;
  }

  get hasNegative() {
    return !this.#hasPicture && Boolean(this.#chosen?.negative);
  }

  show({able, model, others}) {
    this.#able = able;
    const names = others(({style}) => style);
    this.#reason.hidden = able.style || names === '';
    say(this.#reason, 'cannot_look', {model, others: names});
    this.#show();
  }

  read() {
    const picture = this.#picture.value;
    const look = {...this.#look, ...(picture && {picture})};
    return Object.keys(look).length > 0 ? {look} : {};
  }

  fill({look: {picture, ...look} = {}}) {
    this.#look = look;
    if (!this.#chosen) delete this.#look.name;
    this.#picture.fill(picture);
    this.#show();
  }

  // A picture takes the place of a name.
  get #hasPicture() {
    return this.#able.style && Boolean(this.#picture.value);
  }

  get #chosen() {
    return this.#styles.find(({name}) => name === this.#look.name);
  }

  #change(change) {
    this.#look = Object.fromEntries(Object.entries({...this.#look, ...change})
        .filter(([, value]) => value !== undefined));
    this.#show();
    this.#root.dispatchEvent(new Event('input', {bubbles: true}));
  }

  #chip({name, ...words}) {
    const chip = element('button', {type: 'button', class: 'chip', onclick: () =>
      this.#change({name: this.#look.name === name ? undefined : name})});
    if (hasWords(`style_${name}`)) say(chip, `style_${name}`);
    else sayPlainly(chip, name);
    say(chip, 'lookAround', words, 'title');
    return chip;
  }

  #show() {
    this.#named.hidden = this.#hasPicture;
    this.#chips.forEach((chip, index) =>
        chip.setAttribute('aria-pressed', this.#styles[index].name === this.#look.name));
    this.#around.hidden = !this.#chosen;
    if (this.#chosen) say(this.#around, 'lookAround', this.#chosen);
    this.#picture.node.hidden = !this.#able.style;
    this.#ofPicture.hidden = !this.#hasPicture;
    for (const [name, slider] of Object.entries(this.#sliders)) slider.show(this.#look[name], 1);
  }
}
