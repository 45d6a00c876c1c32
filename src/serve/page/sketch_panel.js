// What lines and outlines a picture follows: drawn here, or taken from pictures.

import {BrushTools} from './brush_tools.js';
import {element, quietButton} from './element.js';
import {fileChooser} from './file_chooser.js';
import {PictureField} from './picture_field.js';
import {SketchPad} from './sketch_pad.js';

// How each picture's file is written: what is measured in them must not change.
const PICTURES = {edges_from: 'image/webp', edges: 'image/png', depth: 'image/png', silhouette: 'image/png'};

export class SketchPanel {
  title = 'sketch';
  ready = Promise.resolve();  // when a picture that was filled in can be seen
  #root;
  #pad;
  #pictures = {};
  #more;

  constructor(root) {
    this.#root = root;
    const canvas = element('canvas', {tabindex: 0, role: 'application', sayLabel: 'sketchCanvas',
                                      'aria-describedby': 'sketch-help'});
    const ring = element('div', {class: 'ring', hidden: true});
    const frame = element('div', {class: 'canvas-frame'}, canvas, ring);
    this.#pad = new SketchPad(canvas, ring);
    const problem = element('p', {class: 'error', role: 'alert', say: 'unreadable', hidden: true});
    const file = fileChooser('sketch-file', async (chosen) => {
      problem.hidden = await this.#pad.open(chosen).then(() => true, () => false);
    });
    const open = quietButton('sketchOpen', () => file.click(), {before: 'plus'});
    const tools = new BrushTools(this.#pad, {name: 'sketchTools', thickest: 15});
    for (const [name, type] of Object.entries(PICTURES)) {
      this.#pictures[name] = new PictureField({name, type, field: `control.${name}`,
                                               changed: () => this.#tell()});
    }
    this.#more = element('details', {class: 'inner'}, element('summary', {say: 'sketchPictures'}),
                         ...Object.values(this.#pictures).map(({node}) => node));
    root.append(element('div', {class: 'field', 'data-field': 'control.sketch'},
                        element('p', {class: 'hint', say: 'sketchHelp'}), tools.node,
                        element('div', {class: 'stage'}, frame), file, problem,
                        element('div', {class: 'box-tools'}, open),
                        element('p', {class: 'hint of-keys', id: 'sketch-help', say: 'maskKeys'})),
                this.#more);
    this.#pad.addEventListener('changed', () => this.#tell());
  }

  isAble({control}) { return control; }

  get count() {
    return Object.keys(this.read()).length;
  }

  show({ratio}) {
    this.#pad.setRatio(ratio);
  }

  read() {
    const read = {sketch: this.#pad.read()};
    for (const [name, {value}] of Object.entries(this.#pictures)) read[name] = value;
    return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
  }

  fill({sketch, ...pictures}) {
    this.ready = this.#pad.fill(sketch);
    for (const [name, field] of Object.entries(this.#pictures)) field.fill(pictures[name]);
    this.#more.open = Object.values(this.#pictures).some(({value}) => value);
  }

  // What was drawn, as it is sent.
  url() {
    return this.#pad.url();
  }

  #tell() {
    this.#root.dispatchEvent(new Event('input', {bubbles: true}));
  }
}
