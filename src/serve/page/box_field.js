// The picture's shape with boxes on it: drawn, moved and resized by pointer or by keys.

import {announce} from './announce.js';
import {STEP, boxBetween, contains, edgesAt, isRest, moved, resized} from './box_shapes.js';
import {element} from './element.js';
import {say, sayPlainly, words} from './words.js';

const MOVES = {ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP]};
const FIRST_DRAG = 6;   // pixels, from which on a press is a drag
const REACH = {mouse: 7, touch: 16, pen: 10};  // pixels to an edge that is still taken hold of
const CORNERS = ['first', 'second', 'third', 'last'];

const percent = (part) => Math.round(part * 100);

// Tells 'drawn' with a box, 'changed' with {index, box} and 'placed' when it stays there, 'chosen' with an
// index, 'removed' with one, and 'words' with the index of the box whose words are to be written.
export class BoxField extends EventTarget {
  node;
  #under = element('canvas', {class: 'under', 'aria-hidden': 'true', hidden: true});
  #note = element('p', {class: 'note', say: 'boxFirst', 'aria-hidden': 'true'});
  #fresh = element('span', {class: 'fresh', hidden: true});
  #picture = null;   // that lies below them
  #boxes = [];       // {box, words, hue}
  #chosen = -1;
  #drag = null;      // {from, index, edges, box}: what is moved; without an index a new one

  constructor() {
    super();
    this.node = element('div', {class: 'box-field', role: 'application', sayLabel: 'boxField',
                                'aria-describedby': 'box-help'}, this.#under, this.#note, this.#fresh);
    this.node.addEventListener('pointerdown', (event) => this.#begin(event));
    this.node.addEventListener('pointermove', (event) => this.#move(event));
    this.node.addEventListener('pointerup', () => this.#end());
    this.node.addEventListener('pointercancel', () => this.#end());
    this.node.addEventListener('keydown', (event) => this.#key(event));
    this.node.addEventListener('focusin', ({target}) => this.#choose(this.#indexOf(target)));
  }

  // Width to height, and what lies below the boxes: a canvas, or nothing; faint where it is a hint alone.
  setPicture(ratio, picture, isFaint) {
    this.node.parentElement?.style.setProperty('--ratio', ratio);
    this.#under.hidden = !picture;
    this.#under.classList.toggle('faint', isFaint);
    if (!picture || picture === this.#picture) return;
    this.#picture = picture;
    this.#under.width = picture.width;
    this.#under.height = picture.height;
    this.#under.getContext('2d').drawImage(picture, 0, 0);
  }

  show(boxes, chosen) {
    this.#boxes = boxes;
    this.#chosen = chosen;
    this.#note.hidden = boxes.length > 0;
    const nodes = this.#nodes();
    nodes.slice(boxes.length).forEach((node) => node.remove());
    while (this.#nodes().length < boxes.length) this.node.append(newNode());
    this.#nodes().forEach((node, index) => this.#showBox(node, index));
  }

  focus(index) {
    this.#nodes()[index]?.focus({preventScroll: true});
  }

  #nodes() {
    return [...this.node.querySelectorAll('.box')];
  }

  #indexOf(target) {
    return this.#nodes().indexOf(target.closest('.box'));
  }

  #showBox(node, index) {
    const {box, hue, words: written} = this.#boxes[index];
    const [x, y, width, height] = box;
    node.hidden = isRest(box);
    node.classList.toggle('chosen', index === this.#chosen);
    Object.assign(node.style, {left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`,
                               height: `${height * 100}%`});
    node.style.setProperty('--hue', hue);
    sayPlainly(node.querySelector('.number'), String(index + 1));
    sayPlainly(node.querySelector('.box-words'), written);
    say(node, 'boxLabel', this.#told(index), 'aria-label');
  }

  // What screen readers are told of a box.
  #told(index) {
    const {box, words: written} = this.#boxes[index];
    const [left, top, wide, high] = box.map(percent);
    return {number: index + 1, left, top, wide, high, words: written || words('boxEmpty')};
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }

  #choose(index) {
    if (index >= 0 && index !== this.#chosen) this.#tell('chosen', index);
  }

  #pointOf(event) {
    const {left, top, width, height} = this.node.getBoundingClientRect();
    return {x: (event.clientX - left) / width, y: (event.clientY - top) / height};
  }

  // What a press takes hold of: an edge of the chosen box, else the smallest box below it.
  #heldAt(event) {
    const {width, height} = this.node.getBoundingClientRect();
    const point = this.#pointOf(event), pixels = REACH[event.pointerType] ?? REACH.mouse;
    const chosen = this.#boxes[this.#chosen]?.box;
    const isShown = chosen && !isRest(chosen);
    const edges = isShown && edgesAt(chosen, point, {x: pixels / width, y: pixels / height});
    if (edges) return {index: this.#chosen, edges};
    if (isShown && contains(chosen, point)) return {index: this.#chosen};
    const below = this.#boxes.map(({box}, index) => ({box, index}))
        .filter(({box}) => !isRest(box) && contains(box, point))
        .sort((one, other) => one.box[2] * one.box[3] - other.box[2] * other.box[3]);
    return {index: below[0]?.index};
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.node.setPointerCapture(event.pointerId);
    const held = event.shiftKey ? {} : this.#heldAt(event);
    const from = this.#pointOf(event);
    this.#drag = {from, at: [event.clientX, event.clientY], box: this.#boxes[held.index]?.box, ...held};
    if (held.index === undefined) return;
    this.#choose(held.index);
    this.focus(held.index);
  }

  #move(event) {
    if (!this.#drag) return this.#showCursor(event);
    const {from, at, index, edges, box} = this.#drag;
    this.#drag.isLong ||= Math.hypot(event.clientX - at[0], event.clientY - at[1]) >= FIRST_DRAG;
    if (!this.#drag.isLong) return;
    const to = this.#pointOf(event);
    const right = to.x - from.x, down = to.y - from.y;
    if (index === undefined) return this.#showFresh(boxBetween(from, to));
    this.#tell('changed', {index, box: edges ? resized(box, edges, right, down) : moved(box, right, down)});
  }

  #end() {
    const drag = this.#drag;
    this.#drag = null;
    this.#fresh.hidden = true;
    if (drag?.fresh) this.#tell('drawn', drag.fresh);
    else if (drag?.isLong) this.#tell('placed');
  }

  #showFresh(box) {
    this.#drag.fresh = box;
    this.#fresh.hidden = false;
    const [left, top, width, height] = box.map((part) => `${part * 100}%`);
    Object.assign(this.#fresh.style, {left, top, width, height});
  }

  #showCursor(event) {
    const {index, edges} = this.#heldAt(event);
    const isFalling = edges && (edges.left === edges.top) && (edges.right === edges.bottom);
    const across = edges?.left || edges?.right, down = edges?.top || edges?.bottom;
    this.node.style.cursor = across && down ? (isFalling ? 'nwse-resize' : 'nesw-resize') :
        across ? 'ew-resize' : down ? 'ns-resize' : index === undefined ? 'crosshair' : 'move';
  }

  // Arrows move the box, with Shift they pull its right and lower edge.
  #key(event) {
    const index = this.#indexOf(event.target);
    if (index < 0) return;
    const {box} = this.#boxes[index];
    if (event.key in MOVES) {
      const [right, down] = MOVES[event.key];
      const edges = {right: right !== 0, bottom: down !== 0};
      const changed = event.shiftKey ? resized(box, edges, right, down) : moved(box, right, down);
      this.#tell('changed', {index, box: changed});
      this.#tell('placed');
      announce('boxLabel', this.#told(index));
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.#tell('removed', index);
    } else if (event.key === 'Enter') {
      this.#tell('words', index);
    } else {
      return;
    }
    event.preventDefault();
  }
}

function newNode() {
  return element('button', {type: 'button', class: 'box'}, element('span', {class: 'number'}),
                 element('span', {class: 'box-words'}),
                 ...CORNERS.map((corner) => element('span', {class: `corner ${corner}`})));
}
