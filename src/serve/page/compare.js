// Two pictures laid over each other, with a slider between them.

import {byId, element, iconButton} from './element.js';
import {addressOf} from './pictures.js';
import {say, sayPlainly} from './words.js';

export class Compare {
  #first = null;
  #tray = byId('compare-tray');

  // The first picture waits for the second.
  choose(picture) {
    if (this.#first === null || this.#first.key === picture.key) {
      this.#first = picture;
      this.#showTray();
      return;
    }
    const first = this.#first;
    this.leave();
    showBoth(first, picture);
  }

  leave() {
    this.#first = null;
    this.#tray.hidden = true;
  }

  forget(keys) {
    if (this.#first && keys.includes(this.#first.key)) this.leave();
  }

  #showTray() {
    const image = element('img', {src: addressOf(this.#first.blob), alt: this.#first.prompt || ''});
    this.#tray.replaceChildren(image, element('p', {role: 'status', say: 'compareSecond'}),
                               iconButton('close', 'cancel', () => this.leave()));
    this.#tray.hidden = false;
  }
}

function caption(picture, side) {
  const node = element('figcaption', {class: side});
  const text = picture.prompt || '';
  sayPlainly(node, `${text} (${picture.seed}, ${picture.width} × ${picture.height})`);
  return node;
}

function showBoth(left, right) {
  const over = element('img', {class: 'over', src: addressOf(left.blob), alt: left.prompt || ''});
  const under = element('img', {src: addressOf(right.blob), alt: right.prompt || ''});
  const line = element('div', {class: 'divider', 'aria-hidden': 'true'});
  const slider = element('input', {type: 'range', min: 0, max: 100, step: 0.5, value: 50,
                                   sayLabel: 'compareSlider', autofocus: true});
  const frame = element('div', {class: 'compare-frame'}, under, over, line, slider);
  const larger = left.width * left.height > right.width * right.height ? left : right;
  frame.style.aspectRatio = `${larger.width} / ${larger.height}`;
  frame.style.setProperty('--ratio', larger.width / larger.height);
  const show = () => {
    const share = Number(slider.value);
    over.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    line.style.left = `${share}%`;
  };
  slider.addEventListener('input', show);
  const title = element('h2', {id: 'compare-title'});
  say(title, 'compareTitle');
  const dialog = element('dialog', {class: 'compare', 'aria-labelledby': 'compare-title'},
      element('div', {class: 'compare-head'}, title,
              iconButton('close', 'close', () => dialog.close())),
      element('figure', {}, frame, element('div', {class: 'captions'}, caption(left, 'left'),
                                           caption(right, 'right'))));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', ({target}) => { if (target === dialog) dialog.close(); });
  document.body.append(dialog);
  show();
  dialog.showModal();
  slider.focus();
}
