// One picture large, with what it was drawn from and what can be done with it.

import {element, icon, iconButton} from './element.js';
import {addressOf} from './pictures.js';
import {fileSize, hasWords, moment, number, say, sayPlainly, words} from './words.js';

const LARGEST_SCALE = 2.5;  // of a small picture

export class Lightbox {
  #history;
  #actions;
  #picture = null;
  #image = element('img', {class: 'large'});
  #facts = element('dl', {class: 'facts'});
  #prompt = element('p', {class: 'large-prompt', id: 'large-prompt'});
  #previous = iconButton('left', 'previous', () => this.#step(-1), {class: 'icon-button step'});
  #next = iconButton('right', 'next', () => this.#step(1), {class: 'icon-button step'});
  #enlarge;
  #dialog;

  constructor(history, actions) {
    this.#history = history;
    this.#actions = actions;
    const act = (name, label, iconName, stays, look = 'secondary') => element('button', {
      type: 'button', class: look, onclick: () => {
        const picture = this.#picture;
        if (!stays) this.#dialog.close();
        actions[name](picture);
      }}, icon(iconName), element('span', {say: label}));
    this.#enlarge = act('upscale', 'mode_upscale', 'enlarge');
    const close = iconButton('close', 'close', () => this.#dialog.close(),
                             {class: 'icon-button close'});
    this.#dialog = element('dialog', {class: 'lightbox', 'aria-labelledby': 'large-prompt'},
        element('div', {class: 'large-frame'}, this.#previous, this.#image, this.#next),
        element('div', {class: 'large-side'}, close, this.#prompt, element('div', {class: 'large-actions'},
            act('download', 'download', 'download', true, 'secondary wide'), act('edit', 'useAsInput', 'edit'),
            this.#enlarge, act('useSettings', 'useSettings', 'settings'),
            act('compare', 'compare', 'compare'), act('copyLink', 'copyLink', 'link', true),
            element('button', {type: 'button', class: 'secondary danger', onclick: () => this.#remove()},
                    icon('trash'), element('span', {say: 'delete'}))), this.#facts));
    this.#dialog.addEventListener('keydown', (event) => this.#key(event));
    this.#dialog.addEventListener('click', ({target}) => {
      if (target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener('close', () => actions.closed(this.#picture));
    document.body.append(this.#dialog);
    document.addEventListener('languagechosen', () => { if (this.#picture) this.#show(); });
  }

  open(picture) {
    this.#picture = picture;
    this.#show();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #place() {
    return this.#history.pictures.indexOf(this.#picture);
  }

  #step(by) {
    const picture = this.#history.pictures[this.#place() + by];
    if (picture) this.open(picture);
  }

  // The next one comes in the place of what was deleted.
  #remove() {
    const gone = this.#picture, place = this.#place();
    const {pictures} = this.#history;
    this.#picture = pictures[place + 1] ?? pictures[place - 1] ?? gone;
    if (this.#picture === gone) this.#dialog.close();
    this.#actions.remove(gone).then(() => { if (this.#picture !== gone) this.#show(); });
  }

  #key(event) {
    if (event.key === 'ArrowLeft') this.#step(-1);
    else if (event.key === 'ArrowRight') this.#step(1);
    else return;
    event.preventDefault();
  }

  #show() {
    const {blob, prompt, width, height} = this.#picture;
    const place = this.#place();
    this.#enlarge.hidden = !this.#actions.canEnlarge();
    this.#image.src = addressOf(blob);
    this.#image.width = width;
    this.#image.height = height;
    this.#image.style.width = `${width * LARGEST_SCALE}px`;  // as far as there is room
    this.#image.alt = prompt || words('untitled');
    if (prompt) sayPlainly(this.#prompt, prompt);
    else say(this.#prompt, 'untitled');
    // Not disabled: that would take the focus, and with it the keys, from the dialog.
    this.#previous.setAttribute('aria-disabled', place <= 0);
    this.#next.setAttribute('aria-disabled', place >= this.#history.pictures.length - 1);
    this.#facts.replaceChildren(...factsOf(this.#picture).flatMap(({key, name, value}) => {
      const term = element('dt', {text: name});
      if (key) say(term, key);
      return [term, element('dd', {text: value})];
    }));
  }
}

function lookOf(recipe, name) {
  if (recipe?.style) return words('control_look');
  return hasWords(`style_${name}`) ? words(`style_${name}`) : name;
}

function factsOf({recipe, seed, width, height, model, created, blob, form}) {
  const facts = [{key: 'seed', value: seed},
                 {key: 'size', value: `${width} × ${height}`},
                 {key: 'model', value: model}];
  const negative = recipe?.negative ?? form?.negative;
  if (negative) facts.push({key: 'negative', value: negative});
  const {regions = [], control} = recipe ?? {};
  const {layout = [], palette = []} = control ?? {};
  const inBoxes = [...regions.map(({prompt}) => prompt), ...layout.map(({phrase}) => phrase)];
  facts.push({key: 'where', value: inBoxes.join(' · ')},
             {key: 'look', value: lookOf(recipe, form?.look?.name)},
             {key: 'colours', value: palette.map(({colour}) => colour).join(' · ')});
  for (const stage of recipe?.stages ?? []) {
    const {size, ...settings} = stage;
    const tells = ([name, each]) => each !== null && !(name === 'noise_level' && each === 0) &&
        !(name === 'strength' && recipe.task !== 'edit');
    const value = Object.entries(settings).filter(tells).map(([name, each]) => {
      const label = hasWords(`setting_${name}`) ? words(`setting_${name}`) : name.replaceAll('_', ' ');
      return `${label} ${typeof each === 'number' ? number(each, 3) : each}`;
    }).join(' · ');
    facts.push({name: words('stageShort', {size}), value});
  }
  for (const {file, weight} of recipe?.loras ?? []) facts.push({name: 'LoRA', value: `${file} × ${weight}`});
  facts.push({key: 'drawnAt', value: moment(created)},
             {key: 'fileSize', value: fileSize(blob.size)});
  return facts.filter(({value}) => value !== undefined && value !== '');
}
