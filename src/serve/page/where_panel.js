// Where things are to be: boxes on the picture's shape, each with its words.

import {announce} from './announce.js';
import {BoxField} from './box_field.js';
import {BoxRow, KINDS} from './box_row.js';
import {REST, freePlace, isRest} from './box_shapes.js';
import {element, quietButton} from './element.js';
import {showFieldError} from './fields.js';
import {canvasFrom} from './pictures.js';
import {say, words} from './words.js';

const MOST_PIXELS = 512 * 512;  // of what lies below the boxes
const LARGEST_MISFIT = 0.04;      // of its shape: sides are rounded to whole places
const MOST = {region: 16, layout: 6};
const FIELDS = {region: 'regions', layout: 'control.layout'};
const HUES = ['#c2355c', '#1f6fc4', '#91640a', '#1d7f47', '#7d4fc4', '#b84c14', '#0f7a88', '#a43c8d'];

export class WherePanel {
  title = 'where';
  #root;
  #boxes = [];     // {kind, box, words, strength, feather, until}, the last three where they are not usual
  #kind = 'region';
  #chosen = -1;
  #able = {regions: true, control: false, atOnce: true};
  #ratio = 1;
  #inWindows = false;
  #picture = null;  // that is edited
  #drawn = null;
  #rows = [];
  #field = new BoxField();
  #nodes = {};

  constructor(root) {
    this.#root = root;
    this.#build();
    const field = this.#field;
    field.addEventListener('drawn', ({detail}) => this.#add(detail));
    field.addEventListener('chosen', ({detail}) => this.#choose(detail));
    field.addEventListener('removed', ({detail}) => this.#remove(detail));
    field.addEventListener('words', ({detail}) => this.#rows[detail].focus());
    field.addEventListener('changed', ({detail}) => this.#change(detail.index, {box: detail.box}));
    field.addEventListener('placed', () => this.#tell());
    document.addEventListener('languagechosen', () => this.#show());
    this.#show();
  }

  // What of it a model can: the boxes of other kinds are kept, but not sent.
  isAble({regions, control}) { return regions || control; }

  get count() {
    return this.#boxes.filter(({kind}) => this.#can(kind)).length;
  }

  show({able, ratio, picture, inWindows}) {
    this.#able = able;
    this.#inWindows = inWindows;
    if (!this.#can(this.#kind)) this.#kind = able.regions ? 'region' : 'layout';
    this.#ratio = ratio;
    this.#picture = picture;
    this.#show();
  }

  // A picture that came of these boxes, to see what stands where.
  async showDrawn(blob) {
    this.#drawn = await canvasFrom(blob, MOST_PIXELS);
    this.#show();
  }

  read() {
    if (this.#boxes.length === 0) return {};
    const method = this.#nodes.method.value;
    return {boxes: structuredClone(this.#boxes), ...(method && {region_method: method})};
  }

  fill({boxes = [], region_method: method = ''}) {
    this.#boxes = structuredClone(boxes);
    this.#chosen = -1;
    this.#drawn = null;
    this.#nodes.method.value = method === 'multidiffusion' ? method : '';
    this.#kind = boxes.at(-1)?.kind ?? 'region';
    this.#show();
  }

  // Whether each box has its words: says else what is missing.
  check() {
    const row = this.#boxes.findIndex(({kind, words: written}) => this.#can(kind) && written.trim() === '');
    return row < 0 || !showFieldError(this.#rows[row].node.dataset.field, words('boxWordsNeeded'));
  }

  #can(kind) {
    return kind === 'region' ? this.#able.regions : this.#able.control;
  }

  #tell() {
    this.#root.dispatchEvent(new Event('input', {bubbles: true}));
  }

  #full(kind) {
    return this.#boxes.filter((box) => box.kind === kind).length >= MOST[kind];
  }

  #add(box) {
    if (this.#full(this.#kind)) return announce('boxesFull', {most: MOST[this.#kind]});
    this.#boxes.push({kind: this.#kind, box, words: ''});
    this.#chosen = this.#boxes.length - 1;
    this.#show();
    this.#rows[this.#chosen].focus();
    this.#tell();
  }

  #choose(index) {
    if (index === this.#chosen) return;
    this.#chosen = index;
    this.#show();
  }

  #change(index, change) {
    const changed = {...this.#boxes[index], ...change};
    for (const [name, value] of Object.entries(changed)) if (value === undefined) delete changed[name];
    this.#boxes[index] = changed;
    this.#show();
  }

  #remove(index) {
    this.#boxes.splice(index, 1);
    this.#chosen = -1;
    this.#show();
    (this.#rows[Math.min(index, this.#boxes.length - 1)] ?? this.#nodes.add).focus();
    announce('boxRemoved', {number: index + 1});
    this.#tell();
  }

  // All boxes become of one kind, and so do those to come.
  #chooseKind(kind) {
    this.#kind = kind;
    this.#boxes = this.#boxes.map((box) => (isRest(box.box) ? box : {...box, kind}));
    this.#show();
    this.#tell();
  }

  #clear() {
    this.#boxes = [];
    this.#chosen = -1;
    this.#show();
    this.#nodes.add.focus();
    this.#tell();
  }

  #show() {
    const colored = this.#boxes.map((box, index) => ({...box, hue: HUES[index % HUES.length]}));
    this.#field.setPicture(this.#ratio, this.#picture ?? this.#fittingDrawn(), this.#picture === null);
    this.#field.show(colored, this.#chosen);
    while (this.#rows.length > colored.length) this.#rows.pop().node.remove();
    while (this.#rows.length < colored.length) this.#rows.push(this.#newRow());
    const both = this.#able.regions && this.#able.control;
    const seen = {region: 0, layout: 0};
    colored.forEach((box, index) => this.#rows[index].show(box, {
      number: index + 1, field: `${FIELDS[box.kind]}[${seen[box.kind]++}]`,
      isChosen: index === this.#chosen, isAble: this.#can(box.kind), both}));
    this.#showTools(both);
  }

  // Nothing where there are no boxes any more, or the shape is another one.
  #fittingDrawn() {
    if (!this.#drawn || this.#boxes.length === 0) return null;
    const {width, height} = this.#drawn;
    return Math.abs(width / height / this.#ratio - 1) < LARGEST_MISFIT ? this.#drawn : null;
  }

  #showTools(both) {
    const {kinds, help, add, rest, clear, method} = this.#nodes;
    const hasRegions = this.#boxes.some(({kind}) => kind === 'region');
    const isMixed = this.#boxes.some((box) => box.kind !== this.#kind && !isRest(box.box));
    const isUnable = this.#boxes.some(({kind}) => !this.#can(kind));
    kinds.hidden = !both && !isUnable;
    for (const radio of kinds.querySelectorAll('input')) {
      radio.disabled = !this.#can(radio.value);
      radio.checked = radio.value === this.#kind && !isMixed;
    }
    say(help, isUnable ? 'whereHelp_unable' : isMixed ? 'whereHelp_mixed' : `whereHelp_${this.#kind}`);
    add.disabled = this.#full(this.#kind);
    const hasRest = this.#boxes.some(({box}) => isRest(box));
    rest.hidden = this.#kind !== 'region' || this.#boxes.length === 0 || hasRest;
    rest.disabled = this.#full('region');
    clear.hidden = this.#boxes.length === 0;
    const hasMethod = hasRegions && this.#able.regions && this.#able.atOnce && !this.#inWindows;
    method.closest('.field').hidden = !hasMethod;
  }

  #newRow() {
    const row = new BoxRow();
    const index = () => this.#rows.indexOf(row);
    row.addEventListener('changed', ({detail}) => this.#change(index(), detail));
    row.addEventListener('removed', () => this.#remove(index()));
    row.addEventListener('chosen', () => this.#choose(index()));
    this.#nodes.list.append(row.node);
    return row;
  }

  #build() {
    const kinds = element('fieldset', {class: 'modes'}, element('legend', {class: 'hidden', say: 'kinds'}),
        ...KINDS.map((kind) => element('label', {},
            element('input', {type: 'radio', name: 'boxes-are', value: kind,
                              onchange: () => this.#chooseKind(kind)}),
            element('span', {say: `kind_${kind}`}))));
    const help = element('p', {class: 'hint'});
    const list = element('ol', {class: 'box-list', sayLabel: 'boxes'});
    const free = () => freePlace(this.#boxes.map(({box}) => box));
    const add = quietButton('boxAdd', () => this.#add(free()), {before: 'plus'});
    const rest = quietButton('boxRest', () => this.#add([...REST]));
    const clear = quietButton('clearMask', () => this.#clear(), {class: 'quiet end'});
    const method = element('select', {id: 'region-method'},
                           element('option', {value: '', say: 'method_attention'}),
                           element('option', {value: 'multidiffusion', say: 'method_multidiffusion'}));
    this.#nodes = {kinds, help, list, add, rest, clear, method};
    this.#root.append(kinds, help,
        element('div', {class: 'stage'}, element('div', {class: 'canvas-frame'}, this.#field.node)),
        element('p', {class: 'hint of-keys', id: 'box-help', say: 'boxKeys'}), 
        element('div', {class: 'field', 'data-field': 'regions control.layout control'}, list,
                element('div', {class: 'box-tools'}, add, rest, clear)),
        element('div', {class: 'field', 'data-field': 'region_method'},
                element('label', {for: 'region-method', say: 'regionMethod'}), method));
  }
}
