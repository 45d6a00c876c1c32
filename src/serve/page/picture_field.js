// A field whose value is a picture from a file.

import {announce} from './announce.js';
import {element, iconButton} from './element.js';
import {fileChooser} from './file_chooser.js';
import {canvasFrom} from './pictures.js';
import {say} from './words.js';

const MOST_PIXELS = 512 * 512;  // models draw what they follow smaller than that

// The value is a data URL, or nothing.
export class PictureField {
  node;
  value;
  #type;
  #shown = element('img', {class: 'thumbnail', alt: '', hidden: true});
  #problem = element('p', {class: 'error', role: 'alert', say: 'unreadable', hidden: true});
  #choose;
  #remove;

  // `type` is how its file is written: 'image/png' changes nothing, 'image/webp' is smaller.
  constructor({name, field, type, changed}) {
    this.#type = type;
    const label = element('span', {class: 'label', id: `${name}-label`, say: `control_${name}`});
    const file = fileChooser(`${name}-file`, (chosen) => this.#take(chosen).then(changed));
    this.#choose = element('button', {type: 'button', class: 'quiet', id: `${name}-choose`,
                                      'aria-describedby': `${name}-label`, onclick: () => file.click()});
    this.#remove = iconButton('close', 'pictureRemove', () => {
      this.fill(undefined);
      this.#choose.focus();
      changed();
    });
    this.node = element('div', {class: 'field picture-field', 'data-field': field},
        element('div', {class: 'picture-line'}, this.#shown,
                element('div', {}, label, element('p', {class: 'hint', say: `controlHint_${name}`})),
                this.#choose, this.#remove), file, this.#problem);
    this.fill(undefined);
  }

  fill(value) {
    this.value = value;
    this.#shown.hidden = this.#remove.hidden = !value;
    if (value) this.#shown.src = value;
    this.#problem.hidden = true;
    say(this.#choose, value ? 'pictureOther' : 'pictureChoose');
  }

  async #take(file) {
    try {
      const canvas = await canvasFrom(file, MOST_PIXELS);
      this.fill(canvas.toDataURL(this.#type, 0.92));
      announce('pictureTaken', {width: canvas.width, height: canvas.height});
    } catch {
      this.#problem.hidden = false;
    }
  }
}
