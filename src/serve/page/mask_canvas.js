// A picture with a mask over it, painted with a brush: by pointer or by keys. What is painted is
// drawn anew.

import {extendedMask, extendedPicture} from './outpaint.js';
import {blobOf, canvasOf, copyOf} from './pictures.js';

const MOST_UNDO = 30;
const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

export class MaskCanvas extends EventTarget {
  tool = 'brush';   // or 'eraser'
  brush = 0.14;     // diameter, as a share of the shorter side
  picture = null;   // a canvas that nothing draws on any more
  #mask = null;     // white where painted, else transparent
  #shown;
  #ring;            // shows where the brush is, and how large
  #undo = [];
  #redo = [];
  #last = null;     // of the stroke that is being drawn
  #cursor = null;   // of the keyboard
  #penDown = false;

  constructor(shown, ring) {
    super();
    this.#shown = shown;
    this.#ring = ring;
    shown.addEventListener('pointerdown', (event) => this.#begin(event));
    shown.addEventListener('pointermove', (event) => this.#move(event));
    shown.addEventListener('pointerleave', () => { ring.hidden = true; });
    for (const name of ['pointerup', 'pointercancel']) {
      shown.addEventListener(name, () => this.#end());
    }
    shown.addEventListener('keydown', (event) => this.#key(event));
    shown.addEventListener('blur', () => {
      this.#liftPen();
      ring.hidden = true;
    });
  }

  load(picture) {
    this.picture = picture;
    this.#mask = canvasOf(picture.width, picture.height);
    this.#undo = [];
    this.#redo = [];
    this.#cursor = null;
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
    this.#cursor = null;
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

  #diameter() {
    return Math.max(1, this.brush * Math.min(this.picture.width, this.picture.height));
  }

  #paint(from, to) {
    const draw = this.#mask.getContext('2d');
    draw.globalCompositeOperation = this.tool === 'eraser' ? 'destination-out' : 'source-over';
    draw.strokeStyle = '#fff';
    draw.lineWidth = this.#diameter();
    draw.lineCap = 'round';
    draw.lineJoin = 'round';
    draw.beginPath();
    draw.moveTo(from.x, from.y);
    draw.lineTo(to.x, to.y + 0.01);  // a line of no length would leave no dot
    draw.stroke();
    this.#show();
  }

  #pointOf(event) {
    const box = this.#shown.getBoundingClientRect();
    return {x: (event.clientX - box.left) * this.picture.width / box.width,
            y: (event.clientY - box.top) * this.picture.height / box.height};
  }

  #begin(event) {
    if (event.button !== 0 || !this.picture) return;
    event.preventDefault();
    this.#shown.focus({preventScroll: true});
    this.#shown.setPointerCapture(event.pointerId);
    this.#remember();
    this.#last = this.#pointOf(event);
    this.#paint(this.#last, this.#last);
    this.#showRing(this.#last);
  }

  #move(event) {
    if (!this.picture) return;
    const point = this.#pointOf(event);
    this.#showRing(point);
    if (!this.#last) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      const to = this.#pointOf(each);
      this.#paint(this.#last, to);
      this.#last = to;
    }
  }

  #end() {
    if (!this.#last) return;
    this.#last = null;
    this.#changed();
  }

  #showRing({x, y}) {
    const box = this.#shown.getBoundingClientRect();
    const scale = box.width / this.picture.width;
    const diameter = this.#diameter() * scale;
    this.#ring.hidden = false;
    this.#ring.style.width = this.#ring.style.height = `${diameter}px`;
    this.#ring.style.transform =
        `translate(${x * scale - diameter / 2}px, ${y * scale - diameter / 2}px)`;
  }

  // Arrows move the brush, the space bar sets it down and lifts it, [ and ] change its size.
  #key(event) {
    if (!this.picture) return;
    const {width, height} = this.picture;
    this.#cursor ??= {x: width / 2, y: height / 2};
    const undoes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (undoes) {
      if (event.shiftKey) this.redo();
      else this.undo();
    } else if (event.key in MOVES) {
      const [right, down] = MOVES[event.key];
      const step = this.#diameter() * (event.shiftKey ? 1 : 0.25);
      const to = {x: Math.min(width, Math.max(0, this.#cursor.x + right * step)),
                  y: Math.min(height, Math.max(0, this.#cursor.y + down * step))};
      if (this.#penDown) this.#paint(this.#cursor, to);
      this.#cursor = to;
    } else if (event.key === ' ') {
      if (this.#penDown) this.#liftPen();
      else this.#setPenDown();
    } else if (event.key === '[' || event.key === ']') {
      this.brush = Math.min(0.6, Math.max(0.02, this.brush * (event.key === ']' ? 1.25 : 0.8)));
      this.dispatchEvent(new Event('brush'));
    } else {
      return;
    }
    event.preventDefault();
    this.#showRing(this.#cursor);
  }

  #setPenDown() {
    this.#remember();
    this.#penDown = true;
    this.#paint(this.#cursor, this.#cursor);
    this.dispatchEvent(new CustomEvent('pen', {detail: {isDown: true}}));
  }

  #liftPen() {
    if (!this.#penDown) return;
    this.#penDown = false;
    this.#changed();
    this.dispatchEvent(new CustomEvent('pen', {detail: {isDown: false}}));
  }
}
