// A picture with a mask over it, painted with a brush. What is painted is drawn anew, as far as its
// stroke says.

import {Brush} from './brush.js';
import {extendedMask, extendedPicture} from './outpaint.js';
import {blobOf, canvasOf, copyOf} from './pictures.js';

const MOST_UNDO = 30;
const HALF = 127;            // of a mask that says which part is drawn anew: what is more is drawn
const NEXT_TO_NOTHING = 12;  // of one that says how much is

export class MaskCanvas extends EventTarget {
  tool = 'brush';   // or 'eraser'
  picture = null;   // a canvas that nothing draws on any more
  brush;            // its size, and what it tells beside what is painted
  amount = 1;       // how much of what is painted over is drawn anew
  #mask = null;     // white where painted, as opaque as that is drawn anew
  #isGrey = false;  // whether a stroke was less than opaque
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
    this.#empty(picture);
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
    this.#empty(this.picture);
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
    const least = this.#isGrey ? NEXT_TO_NOTHING : HALF;
    for (let i = 3; i < bytes.length; i += 4) if (bytes[i] > least) return false;
    return true;
  }

  // How the server is to read the mask, where it is not as usual.
  get use() {
    return this.#isGrey ? 'strength' : undefined;
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

  #empty({width, height}) {
    this.#mask = canvasOf(width, height);
    this.#isGrey = false;
  }

  #remember() {
    this.#undo.push({picture: this.picture, mask: copyOf(this.#mask), isGrey: this.#isGrey});
    if (this.#undo.length > MOST_UNDO) this.#undo.shift();
    this.#redo = [];
  }

  #step(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push({picture: this.picture, mask: this.#mask, isGrey: this.#isGrey});
    this.picture = state.picture;
    this.#mask = copyOf(state.mask);
    this.#isGrey = state.isGrey;
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

  // What is painted over again is of the last stroke's amount.
  #paint(from, to) {
    const isPart = this.tool === 'brush' && this.amount < 1;
    if (this.tool === 'eraser' || isPart) this.#draw('destination-out', 1, from, to);
    if (this.tool === 'brush') this.#draw('source-over', this.amount, from, to);
    this.#isGrey ||= isPart;
    this.#show();
  }

  #draw(operation, opacity, from, to) {
    const draw = this.#mask.getContext('2d');
    draw.globalCompositeOperation = operation;
    draw.globalAlpha = opacity;
    draw.strokeStyle = '#fff';
    draw.lineWidth = this.brush.diameter;
    draw.lineCap = 'round';
    draw.lineJoin = 'round';
    draw.beginPath();
    draw.moveTo(from.x, from.y);
    draw.lineTo(to.x, to.y + 0.01);  // a line of no length would leave no dot
    draw.stroke();
  }
}
