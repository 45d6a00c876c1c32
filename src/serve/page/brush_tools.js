// The tools of what is painted with a brush: which one, how large, back and forth, and away.

import {announce} from './announce.js';
import {element, iconButton} from './element.js';

const group = (...children) => element('span', {class: 'tool-group'}, ...children);

// `editor` has tool, brush, canUndo, canRedo, undo(), redo() and clear(), and tells 'changed'.
export class BrushTools {
  node;
  #editor;
  #nodes = {};

  // `thickest` is the largest size of the brush in hundredths; `more` stands before "Clear".
  constructor(editor, {name, thickest, more = [], last}) {
    this.#editor = editor;
    const tool = (each) => iconButton(each, each, () => {
      editor.tool = each;
      this.#show();
    });
    const act = (each) => iconButton(each, each, () => editor[each]());
    const size = element('input', {type: 'range', min: 1, max: thickest, sayLabel: 'brushSize',
                                   oninput: () => { editor.brush.size = Number(size.value) / 100; }});
    const clear = element('button', {type: 'button', class: 'quiet', say: 'clearMask',
                                     onclick: () => editor.clear()});
    this.#nodes = {brush: tool('brush'), eraser: tool('eraser'), undo: act('undo'), redo: act('redo'), size};
    const {brush, eraser, undo, redo} = this.#nodes;
    this.node = element('div', {class: 'tools', role: 'group', sayLabel: name}, group(brush, eraser),
                        group(size), group(undo, redo), group(...more, clear), last);
    editor.addEventListener('changed', () => this.#show());
    editor.brush.addEventListener('size', () => this.#show());
    editor.brush.addEventListener('pen', ({detail}) => announce(detail.isDown ? 'penDown' : 'penUp'));
    this.#show();
  }

  #show() {
    const {brush, eraser, undo, redo, size} = this.#nodes;
    brush.setAttribute('aria-pressed', this.#editor.tool === 'brush');
    eraser.setAttribute('aria-pressed', this.#editor.tool === 'eraser');
    undo.setAttribute('aria-disabled', !this.#editor.canUndo);
    redo.setAttribute('aria-disabled', !this.#editor.canRedo);
    size.value = Math.round(this.#editor.brush.size * 100);
  }
}
