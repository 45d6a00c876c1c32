// What guides a picture beside its prompt: a row of buttons, each of which opens its panel.

import {guidesOf, usableModels} from './cascade.js';
import {ColoursPanel} from './colours_panel.js';
import {bringIntoView, byId, element, icon} from './element.js';
import {LookPanel} from './look_panel.js';
import {SketchPanel} from './sketch_panel.js';
import {SliderField} from './slider_field.js';
import {say} from './words.js';
import {WherePanel} from './where_panel.js';

export class Guides {
  #root = byId('guides');
  #models;
  #panels;
  #where;
  #sketch;
  #look;
  #sliders;
  #strengths = {};  // strength and until, where they were chosen
  #able = {};

  constructor(capabilities) {
    this.#models = usableModels(capabilities);
    const row = element('div', {class: 'guide-row', role: 'group', sayLabel: 'guides'});
    this.#root.append(row);
    this.#panels = [WherePanel, SketchPanel, LookPanel, ColoursPanel]
        .map((Panel) => this.#build(Panel, row, capabilities));
    [this.#where, this.#sketch, this.#look] = this.#panels.map(({panel}) => panel);
    this.#sliders = {strength: this.#slider('strength', 0, 2), until: this.#slider('until', 0.05, 1)};
    byId('guide-strengths').append(...Object.values(this.#sliders).map(({node}) => node));
    this.#showStrengths();
  }

  // `scene` has the model, the task, the picture's ratio, the picture that is edited, and whether what is
  // drawn is drawn in windows.
  show({model, task, ...scene}) {
    this.#able = guidesOf(model);
    const able = this.#able;
    const others = (can) => this.#models.filter((each) => can(guidesOf(each))).map(({name}) => name).join(', ');
    this.#root.hidden = byId('guide-strengths').hidden = task === 'upscale';
    for (const {panel, button, body, reason} of this.#panels) {
      const names = others(panel.isAble), isAble = panel.isAble(able);
      button.hidden = names === '';
      body.hidden = !isAble;
      reason.hidden = isAble;
      if (isAble) panel.show?.({able, model: model.name, others, ...scene});
      say(reason, `cannot_${panel.title}`, {model: model.name, others: names});
    }
    this.showCounts();
  }

  read() {
    const [where, sketch, look, colours] = this.#panels.map(({panel}) => panel.read());
    const control = {...sketch, ...colours, ...this.#strengths};
    return {...where, ...look, ...(Object.keys(control).length > 0 && {control})};
  }

  fill(form) {
    const {strength, until, ...control} = form.control ?? {};
    const [where, sketch, look, colours] = this.#panels.map(({panel}) => panel);
    where.fill(form);
    sketch.fill(control);
    look.fill(form);
    colours.fill(control);
    this.#strengths = {...(strength !== undefined && {strength}), ...(until !== undefined && {until})};
    this.#showStrengths();
    this.showCounts();
  }

  check() {
    return this.#root.hidden || this.#panels.every(({panel}) => !panel.isAble(this.#able) || (panel.check?.() ?? true));
  }

  showDrawn(blob) {
    this.#where.showDrawn(blob);
  }

  // The sketch as it is sent.
  async sketch() {
    await this.#sketch.ready;
    return this.#sketch.url();
  }

  showCounts() {
    for (const {panel, button} of this.#panels) {
      const count = panel.isAble(this.#able) ? panel.count : 0;
      const badge = button.querySelector('.badge');
      badge.hidden = count === 0;
      say(badge, 'plainValue', {value: String(count)});
    }
  }

  // How much of what is behind "More settings" was changed.
  get changed() {
    return Object.keys(this.#strengths).length;
  }

  // Whether the look that was chosen has words that the picture is pushed away from.
  get hasNegative() {
    return this.#look.hasNegative;
  }

  #build(Panel, row, capabilities) {
    const body = element('div', {class: 'guide-body'});
    const panel = new Panel(body, capabilities);
    const reason = element('p', {class: 'hint', hidden: true});
    const name = panel.title;
    const section = element('section', {class: 'guide', id: name, sayLabel: name, hidden: true}, reason, body);
    const button = element('button', {type: 'button', class: 'guide-button', id: `open-${name}`,
                                      'aria-expanded': 'false', 'aria-controls': name,
                                      onclick: () => this.#open(section.hidden ? panel : null)},
                           icon(name), element('span', {say: name}),
                           element('span', {class: 'badge', hidden: true}));
    section.addEventListener('reveal', () => this.#open(panel));
    row.append(button);
    this.#root.append(section);
    return {panel, button, section, body, reason};
  }

  // One is open at a time, or none.
  #open(wanted) {
    for (const {panel, button, section} of this.#panels) {
      section.hidden = panel !== wanted;
      button.setAttribute('aria-expanded', panel === wanted);
      if (panel === wanted) bringIntoView(section, 'nearest');
    }
  }

  #slider(name, min, max) {
    const chosen = (value) => {
      const {[name]: before, ...others} = this.#strengths;
      this.#strengths = value === undefined ? others : {...others, [name]: value};
      this.#showStrengths();
    };
    return new SliderField({id: `guide-${name}`, field: `control.${name}`, label: `guide_${name}`,
                            hint: `guideHint_${name}`, min, max, step: 0.05, chosen});
  }

  #showStrengths() {
    for (const [name, slider] of Object.entries(this.#sliders)) slider.show(this.#strengths[name], 1);
  }
}
