// The picture that is edited or enlarged: chosen, shown, masked, extended.

import {announce} from './announce.js';
import {BrushTools} from './brush_tools.js';
import {byId, element, icon, iconButton} from './element.js';
import {fileChooser} from './file_chooser.js';
import {MaskCanvas} from './mask_canvas.js';
import {extension} from './outpaint.js';
import {addressOf, canvasFrom, dataUrlOf, middleSquare} from './pictures.js';
import {SliderField} from './slider_field.js';
import {say} from './words.js';

const SIDES = ['left', 'right', 'top', 'bottom'];

export class Workbench extends EventTarget {
  #limits;
  #root = byId('workbench-body');
  #mode = 'edit';
  #square = false;     // the model edits squares alone
  #blob = null;        // the file as it was chosen
  #whole = null;       // the same on a canvas, before any square was cut out
  #editor = null;
  #nodes = {};

  constructor(limits) {
    super();
    this.#limits = limits;
    this.#build();
  }

  get hasPicture() { return this.#blob !== null; }

  // What the form has to know of the picture.
  get picture() {
    if (!this.#whole) return {shorterSide: 0, inpaints: false, shown: null};
    const shown = this.#mode === 'edit' ? this.#editor.picture : this.#whole;
    return {shown, shorterSide: Math.min(shown.width, shown.height),
            inpaints: this.#mode === 'edit' && !this.#editor.isEmpty()};
  }

  setMode(mode, square) {
    const cut = square !== this.#square;
    this.#mode = mode;
    this.#square = square;
    byId('workbench').hidden = !['edit', 'upscale'].includes(mode);
    say(byId('workbench-title'), mode === 'edit' ? 'editTitle' : 'upscaleTitle');
    this.#nodes.extendSquares.hidden = !square;
    if (cut && this.#whole) this.#edit(this.#whole);
    this.#show();
  }

  // Takes a picture's file. Says whether the browser could read it.
  async take(blob) {
    let canvas;
    try {
      canvas = await canvasFrom(blob, Math.min(this.#limits.pixels, 2048 * 2048));
    } catch {
      say(this.#nodes.problem, 'unreadable');
      this.#nodes.problem.hidden = false;
      return false;
    }
    this.#nodes.problem.hidden = true;
    this.#blob = blob;
    this.#whole = canvas;
    this.#edit(canvas);
    this.#show();
    announce('pictureTaken', {width: canvas.width, height: canvas.height});
    this.#changed();
    return true;
  }

  choose() {
    this.#nodes.file.click();
  }

  focus() {
    this.#nodes.choose.focus();
  }

  // What a request needs of the picture.
  async source() {
    if (this.#mode === 'upscale') {
      return {image: await dataUrlOf(this.#blob), shorterSide: this.picture.shorterSide};
    }
    const {inpaints, shorterSide} = this.picture;
    const mask = inpaints ? await dataUrlOf(await this.#editor.maskFile()) : undefined;
    return {image: await dataUrlOf(await this.#editor.pictureFile()), mask, maskUse: this.#editor.use, shorterSide};
  }

  #edit(canvas) {
    const isSquare = canvas.width === canvas.height;
    this.#nodes.squareNote.hidden = !this.#square || isSquare;
    this.#editor.load(this.#square && !isSquare ? middleSquare(canvas) : canvas);
  }

  #remove() {
    this.#blob = this.#whole = null;
    this.#show();
    this.#nodes.choose.focus();
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('changed'));
  }

  #show() {
    const {empty, editing, enlarging, preview} = this.#nodes;
    const has = this.hasPicture;
    empty.hidden = has;
    editing.hidden = !has || this.#mode !== 'edit';
    enlarging.hidden = !has || this.#mode !== 'upscale';
    if (has) preview.src = addressOf(this.#blob);
  }

  #build() {
    const file = fileChooser('source-file', (chosen) => this.take(chosen));
    const choose = element('button', {type: 'button', class: 'secondary', say: 'choosePicture',
                                      onclick: () => file.click()});
    const problem = element('p', {class: 'error', role: 'alert', hidden: true});
    const empty = element('div', {class: 'drop-here'}, icon('plus'),
                          element('p', {say: 'dropHere'}), choose,
                          element('p', {class: 'hint pick-below', say: 'pickBelow'}));
    this.#nodes = {file, choose, problem, empty};
    this.#root.append(file, problem, empty, this.#buildEditing(), this.#buildEnlarging());
  }

  #buildEnlarging() {
    const preview = element('img', {class: 'source'});
    say(preview, 'sourcePicture', {}, 'alt');
    const enlarging = element('div', {hidden: true}, preview,
                              element('div', {class: 'tools'}, this.#another()));
    Object.assign(this.#nodes, {preview, enlarging});
    return enlarging;
  }

  #another() {
    return element('span', {class: 'tool-group end'},
        element('button', {type: 'button', class: 'quiet', say: 'anotherPicture',
                           onclick: () => this.choose()}),
        iconButton('close', 'removePicture', () => this.#remove()));
  }

  #buildEditing() {
    const canvas = element('canvas', {tabindex: 0, role: 'application', sayLabel: 'maskCanvas',
                                      'aria-describedby': 'mask-help'});
    const ring = element('div', {class: 'ring', hidden: true});
    this.#editor = new MaskCanvas(canvas, ring);
    this.#editor.addEventListener('changed', () => this.#changed());
    const squareNote = element('p', {class: 'hint', hidden: true},
        element('span', {say: 'squareNote'}), ' ',
        element('button', {type: 'button', class: 'link', say: 'keepWhole',
                           onclick: () => this.#keepWhole()}));
    this.#nodes.squareNote = squareNote;
    const editing = element('div', {class: 'editing', hidden: true}, this.#buildTools(),
        element('div', {class: 'stage'}, element('div', {class: 'canvas-frame'}, canvas, ring)),
        element('p', {class: 'hint', id: 'mask-help'}, element('span', {say: 'maskHelp'}), ' ',
                element('span', {class: 'of-keys', say: 'maskKeys'})), squareNote,
        element('div', {class: 'edit-options'},
                element('div', {class: 'edit-amounts'}, this.#buildStrength(), this.#buildAmount()),
                this.#buildExtend()));
    this.#nodes.editing = editing;
    return editing;
  }

  #buildTools() {
    const invert = iconButton('invert', 'invert', () => this.#editor.invert());
    return new BrushTools(this.#editor, {name: 'maskTools', thickest: 60, more: [invert],
                                         last: this.#another()}).node;
  }

  #buildStrength() {
    const tell = (strength) => this.dispatchEvent(new CustomEvent('strength', {detail: strength ?? null}));
    const strength = new SliderField({id: 'strength', field: 'strength', label: 'strength',
                                      hint: 'strengthHint', min: 0.05, max: 1, step: 0.05, chosen: tell});
    this.#nodes.strength = strength;
    return strength.node;
  }

  #buildAmount() {
    const chosen = (value = 1) => {
      this.#editor.amount = value;
      amount.show(value === 1 ? undefined : value, 1);
    };
    const amount = new SliderField({id: 'mask-amount', field: 'mask_use', label: 'maskAmount', hint: 'maskAmountHint',
                                    min: 0.1, max: 1, step: 0.05, chosen, isPercent: true});
    chosen();
    return amount.node;
  }

  // Shows the strength that was chosen, or what the model takes else.
  showStrength(chosen, usual) {
    this.#nodes.strength.show(chosen, usual ?? 1);
  }

  #buildExtend() {
    const boxes = Object.fromEntries(SIDES.map((side) =>
        [side, element('input', {type: 'checkbox', name: `extend-${side}`})]));
    const share = element('select', {id: 'extend-share'}, ...[12.5, 25, 50, 100].map((percent) =>
        element('option', {value: percent / 100, text: `${percent} %`})));
    share.value = 0.25;
    const apply = element('button', {type: 'button', class: 'secondary', say: 'extend', onclick: () => {
      const sides = Object.fromEntries(SIDES.map((side) => [side, boxes[side].checked]));
      if (!SIDES.some((side) => sides[side])) SIDES.forEach((side) => { sides[side] = true; });
      this.#extend(sides, Number(share.value));
    }});
    const squares = element('p', {class: 'hint', say: 'extendSquares', hidden: true});
    this.#nodes.extendSquares = squares;
    return element('fieldset', {class: 'group extend'}, element('legend', {say: 'extendTitle'}),
        element('div', {class: 'sides'}, ...SIDES.map((side) =>
            element('label', {}, boxes[side], element('span', {say: `side_${side}`})))),
        element('div', {class: 'with-buttons'},
                element('label', {for: 'extend-share', say: 'extendShare'}), share, apply),
        element('p', {class: 'hint', say: 'extendHint'}), squares);
  }

  #extend(sides, share, options) {
    const {width, height} = this.#editor.picture;
    const placement = extension(width, height, {sides, share, square: this.#square});
    if (placement.width * placement.height > this.#limits.pixels) {
      announce('tooLarge');
      say(this.#nodes.problem, 'tooLarge');
      this.#nodes.problem.hidden = false;
      return;
    }
    this.#nodes.problem.hidden = true;
    this.#editor.extend(placement, options);
    announce('extended', {width: placement.width, height: placement.height});
    this.dispatchEvent(new Event('extended'));
  }

  // A picture of another shape whole on a square, the rest drawn.
  #keepWhole() {
    this.#editor.load(this.#whole);
    this.#nodes.squareNote.hidden = true;
    this.#extend({left: false, right: false, top: false, bottom: false}, 0, {remember: false});
  }
}
