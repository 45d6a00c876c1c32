// Paper to draw lines on: what is drawn is kept as strokes, so that it fits any shape of the picture.
//
// A stroke: {width, erases, points}: its width in thousandths of the shorter side, and x and y of each
// point one after the other, in thousandths of the paper.

import {Brush} from './brush.js';
import {canvasAt, canvasFrom} from './pictures.js';

const SIDE = 512;         // of the paper, in pixels: the shorter one
const NEAREST = 4;        // points that are nearer to one another are one
const MOST_UNDO = 100;

const thousandths = (part) => Math.round(part * 1000);

export class SketchPad extends EventTarget {
  tool = 'brush';
  brush;
  #canvas;
  #state = {strokes: [], picture: null};  // the picture that was opened: {url, canvas}
  #stroke = null;                         // that is being drawn
  #undo = [];
  #redo = [];

  constructor(canvas, ring) {
    super();
    this.#canvas = canvas;
    this.brush = new Brush(canvas, ring, {size: 0.03, thinnest: 0.01});
    this.brush.addEventListener('begin', ({detail}) => this.#begin(detail));
    this.brush.addEventListener('line', ({detail}) => this.#lineTo(detail.to));
    this.brush.addEventListener('end', () => this.#end());
    this.brush.addEventListener('undo', () => this.undo());
    this.brush.addEventListener('redo', () => this.redo());
    this.setRatio(1);
  }

  get canUndo() { return this.#undo.length > 0; }
  get canRedo() { return this.#redo.length > 0; }
  get isEmpty() { return !this.#state.picture && this.#state.strokes.every(({erases}) => erases); }

  undo() { this.#step(this.#undo, this.#redo); }
  redo() { this.#step(this.#redo, this.#undo); }

  clear() {
    if (this.#state.strokes.length > 0 || this.#state.picture) this.#become({strokes: [], picture: null});
  }

  setRatio(ratio) {
    const width = Math.round(SIDE * Math.max(1, ratio)), height = Math.round(SIDE * Math.max(1, 1 / ratio));
    this.#canvas.parentElement.style.setProperty('--ratio', ratio);
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#show();
  }

  // Takes a picture in place of what is drawn; throws where the browser cannot read it.
  async open(blob) {
    const canvas = await canvasFrom(blob, SIDE * SIDE);
    this.#become({strokes: [], picture: {canvas, url: canvas.toDataURL('image/png')}});
  }

  // As a form keeps it.
  read() {
    const {strokes, picture} = this.#state;
    return this.isEmpty ? undefined : {strokes, ...(picture && {picture: picture.url})};
  }

  async fill({strokes = [], picture} = {}) {
    this.#undo = [];
    this.#redo = [];
    const without = {strokes, picture: null};
    this.#take(without);
    if (!picture) return;
    const canvas = await canvasAt(picture);
    if (this.#state === without) this.#take({strokes, picture: {url: picture, canvas}});
  }

  // As it is sent; nothing of empty paper.
  url() {
    return this.isEmpty ? undefined : this.#canvas.toDataURL('image/png');
  }

  #become(state) {
    this.#undo.push(this.#state);
    if (this.#undo.length > MOST_UNDO) this.#undo.shift();
    this.#redo = [];
    this.#take(state);
  }

  #step(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push(this.#state);
    this.#take(state);
  }

  #take(state) {
    this.#state = state;
    this.#show();
    this.dispatchEvent(new Event('changed'));
  }

  #begin({x, y}) {
    this.#stroke = {width: thousandths(this.brush.size), erases: this.tool === 'eraser',
                    points: this.#placed(x, y)};
    this.#draw(this.#stroke);
  }

  #lineTo({x, y}) {
    const points = this.#stroke.points, [right, down] = this.#placed(x, y);
    if (Math.hypot(right - points.at(-2), down - points.at(-1)) < NEAREST) return;
    points.push(right, down);
    this.#draw({...this.#stroke, points: points.slice(-4)});
  }

  #end() {
    const stroke = this.#stroke;
    this.#stroke = null;
    this.#become({...this.#state, strokes: [...this.#state.strokes, stroke]});
  }

  #placed(x, y) {
    return [thousandths(x / this.#canvas.width), thousandths(y / this.#canvas.height)];
  }

  #show() {
    const {width, height} = this.#canvas, draw = this.#canvas.getContext('2d');
    draw.fillStyle = '#fff';
    draw.fillRect(0, 0, width, height);
    const picture = this.#state.picture?.canvas;
    if (picture) {  // as the server fits it: what lies beyond the shape is cut off on both sides
      const scale = Math.max(width / picture.width, height / picture.height);
      const [wide, high] = [picture.width * scale, picture.height * scale];
      draw.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
    }
    this.#state.strokes.forEach((stroke) => this.#draw(stroke));
  }

  #draw({width, erases, points}) {
    const draw = this.#canvas.getContext('2d');
    draw.strokeStyle = erases ? '#fff' : '#000';
    draw.lineWidth = Math.max(1, width / 1000 * Math.min(this.#canvas.width, this.#canvas.height));
    draw.lineCap = draw.lineJoin = 'round';
    draw.beginPath();
    const lineTo = (x, y) => draw.lineTo(x / 1000 * this.#canvas.width, y / 1000 * this.#canvas.height);
    for (let i = 0; i < points.length; i += 2) lineTo(points[i], points[i + 1]);
    if (points.length === 2) lineTo(points[0] + 0.01, points[1]);  // a line of no length would leave no dot
    draw.stroke();
  }
}
