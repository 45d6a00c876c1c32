// A brush over a canvas, held by pointer or by keys: where it goes, and how large it is.

const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const THICKEST = 0.6;

// Tells 'begin' with a point, 'line' with {from, to}, 'end', and 'undo' and 'redo' of the keys; 'size'
// where a key changed it, and 'pen' with {isDown} where one sets it down or lifts it. Points are in
// the canvas's own pixels.
export class Brush extends EventTarget {
  size;              // diameter, as a share of the shorter side
  #thinnest;
  #canvas;
  #ring;             // shows where the brush is, and how large
  #last = null;      // of the stroke that is being drawn
  #cursor = null;    // of the keyboard, in parts of the canvas
  #penDown = false;

  constructor(canvas, ring, {size, thinnest}) {
    super();
    this.size = size;
    this.#thinnest = thinnest;
    this.#canvas = canvas;
    this.#ring = ring;
    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('pointerleave', () => { ring.hidden = true; });
    for (const name of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(name, () => this.#end());
    }
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => {
      this.#liftPen();
      ring.hidden = true;
    });
  }

  // In the canvas's pixels.
  get diameter() {
    return Math.max(1, this.size * Math.min(this.#canvas.width, this.#canvas.height));
  }

  // Of the keyboard, back to the middle.
  center() {
    this.#cursor = null;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }

  #pointOf(event) {
    const box = this.#canvas.getBoundingClientRect();
    return {x: (event.clientX - box.left) * this.#canvas.width / box.width,
            y: (event.clientY - box.top) * this.#canvas.height / box.height};
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#canvas.focus({preventScroll: true});
    this.#canvas.setPointerCapture(event.pointerId);
    this.#last = this.#pointOf(event);
    this.#tell('begin', this.#last);
    this.#showRing(this.#last);
  }

  #move(event) {
    this.#showRing(this.#pointOf(event));
    if (!this.#last) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      const to = this.#pointOf(each);
      this.#tell('line', {from: this.#last, to});
      this.#last = to;
    }
  }

  #end() {
    if (!this.#last) return;
    this.#last = null;
    this.#tell('end');
  }

  #showRing({x, y}) {
    const scale = this.#canvas.getBoundingClientRect().width / this.#canvas.width;
    const diameter = this.diameter * scale;
    this.#ring.hidden = false;
    this.#ring.style.width = this.#ring.style.height = `${diameter}px`;
    this.#ring.style.transform =
        `translate(${x * scale - diameter / 2}px, ${y * scale - diameter / 2}px)`;
  }

  // Arrows move the brush, the space bar sets it down and lifts it, [ and ] change its size.
  #key(event) {
    this.#cursor ??= {x: 0.5, y: 0.5};
    const undoes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (undoes) this.#tell(event.shiftKey ? 'redo' : 'undo');
    else if (event.key in MOVES) this.#step(MOVES[event.key], event.shiftKey);
    else if (event.key === ' ' && this.#penDown) this.#liftPen();
    else if (event.key === ' ') this.#setPenDown();
    else if (event.key === '[' || event.key === ']') this.#resize(event.key === ']' ? 1.25 : 0.8);
    else return;
    event.preventDefault();
    this.#showRing(this.#cursorPoint());
  }

  #cursorPoint() {
    return {x: this.#cursor.x * this.#canvas.width, y: this.#cursor.y * this.#canvas.height};
  }

  #step([right, down], isLarge) {
    const from = this.#cursorPoint(), {width, height} = this.#canvas;
    const step = this.diameter * (isLarge ? 1 : 0.25);
    const to = {x: Math.min(width, Math.max(0, from.x + right * step)),
                y: Math.min(height, Math.max(0, from.y + down * step))};
    if (this.#penDown) this.#tell('line', {from, to});
    this.#cursor = {x: to.x / width, y: to.y / height};
  }

  #resize(factor) {
    this.size = Math.min(THICKEST, Math.max(this.#thinnest, this.size * factor));
    this.#tell('size');
  }

  #setPenDown() {
    this.#penDown = true;
    this.#tell('begin', this.#cursorPoint());
    this.#tell('pen', {isDown: true});
  }

  #liftPen() {
    if (!this.#penDown) return;
    this.#penDown = false;
    this.#tell('end');
    this.#tell('pen', {isDown: false});
  }
}
