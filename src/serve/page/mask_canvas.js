// A picture with a mask over it, painted with a brush. What is painted is drawn anew.

import {Brush} from './brush.js';
import {extendedMask, extendedPicture} from './outpaint.js';
import {blobOf, canvasOf, copyOf} from './pictures.js';

const MOST_UNDO = 30;

export class MaskCanvas extends EventTarget {
  tool = 'brush';   // or 'eraser'
  picture = null;   // a canvas that nothing draws on any more
  brush;            // its size, and what it tells beside what is painted
  #mask = null;     // white where painted, else transparent
  #shown;
  #undo = [];
  #redo = [];

  constructor(shown, ring) {
    super();
    this.#shown = shown;
    this.brush = new Brush(shown, ring, {size: 0.14, thinnest: 0.02});
    this.brush.addEventListener('begin', ({detail}) => {
      this.#remember();
      this.#paint(detail, detail);
    });
    this.brush.addEventListener('line', ({detail}) => this.#paint(detail.from, detail.to));
    this.brush.addEventListener('end', () => this.#changed());
    this.brush.addEventListener('undo', () => this.undo());
    this.brush.addEventListener('redo', () => this.redo());
  }

  load(picture) {
    this.picture = picture;
    this.#mask = canvasOf(picture.width, picture.height);
    this.#undo = [];
    this.#redo = [];
    this.brush.center();
    this.#changed();
  }

  get canUndo() { return this.#undo.length > 0; }
  get canRedo() { return this.#redo.length > 0; }

  undo() { this.#step(this.#undo, this.#redo); }
  redo() { this.#step(this.#redo, this.#undo); }

  clear() {
    this.#remember();
    this.#mask = canvasOf(this.picture.width, this.picture.height);
    this.#changed();
  }

  invert() {
    this.#remember();
    const inverted = canvasOf(this.picture.width, this.picture.height);
    const draw = inverted.getContext('2d');
    draw.fillStyle = '#fff';
    draw.fillRect(0, 0, inverted.width, inverted.height);
    draw.globalCompositeOperation = 'destination-out';
    draw.drawImage(this.#mask, 0, 0);
    this.#mask = inverted;
    this.#changed();
  }

  // Makes the canvas larger; see outpaint.js.
  extend(placement, {remember = true} = {}) {
    if (remember) this.#remember();
    this.picture = extendedPicture(this.picture, placement);
    this.#mask = extendedMask(this.#mask, placement);
    this.brush.center();
    this.#changed();
  }

  isEmpty() {
    const {width, height} = this.#mask;
    const bytes = this.#mask.getContext('2d').getImageData(0, 0, width, height).data;
    for (let i = 3; i < bytes.length; i += 4) if (bytes[i] > 127) return false;
    return true;
  }

  // As the server wants it: white where it draws anew, black where the picture stays.
  maskFile() {
    const {width, height} = this.#mask;
    const whole = canvasOf(width, height);
    const draw = whole.getContext('2d');
    draw.fillStyle = '#000';
    draw.fillRect(0, 0, width, height);
    draw.drawImage(this.#mask, 0, 0);
    return blobOf(whole);
  }

  pictureFile() {
    return blobOf(this.picture);
  }

  #remember() {
    this.#undo.push({picture: this.picture, mask: copyOf(this.#mask)});
    if (this.#undo.length > MOST_UNDO) this.#undo.shift();
    this.#redo = [];
  }

  #step(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push({picture: this.picture, mask: this.#mask});
    this.picture = state.picture;
    this.#mask = copyOf(state.mask);
    this.#changed();
  }

  #changed() {
    this.#show();
    this.dispatchEvent(new Event('changed'));
  }

  #show() {
    const {width, height} = this.picture;
    if (this.#shown.width !== width) this.#shown.width = width;
    if (this.#shown.height !== height) this.#shown.height = height;
    this.#shown.parentElement.style.setProperty('--ratio', width / height);
    const tint = copyOf(this.#mask);
    const draw = tint.getContext('2d');
    draw.globalCompositeOperation = 'source-in';
    draw.fillStyle = getComputedStyle(this.#shown).getPropertyValue('--mask').trim();
    draw.fillRect(0, 0, width, height);
    const shown = this.#shown.getContext('2d');
    shown.clearRect(0, 0, width, height);
    shown.drawImage(this.picture, 0, 0);
    shown.globalAlpha = 0.62;
    shown.drawImage(tint, 0, 0);
    shown.globalAlpha = 1;
  }

  #paint(from, to) {
    const draw = this.#mask.getContext('2d');
    draw.globalCompositeOperation = this.tool === 'eraser' ? 'destination-out' : 'source-over';
    draw.strokeStyle = '#fff';
    draw.lineWidth = this.brush.diameter;
    draw.lineCap = 'round';
    draw.lineJoin = 'round';
    draw.beginPath();
    draw.moveTo(from.x, from.y);
    draw.lineTo(to.x, to.y + 0.01);  // a line of no length would leave no dot
    draw.stroke();
    this.#show();
  }
}
