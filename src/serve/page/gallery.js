// The pictures of the history, newest first, in rows.

import {byId, element, icon, iconButton, sayLabel} from './element.js';
import {addressOf, forgetAddress} from './pictures.js';
import {fileSize, say} from './words.js';

const PAGE = 60;
const FILLERS = 8;  // keep the last row's pictures as large as those of the others

export class Gallery {
  #history;
  #actions;
  #list = element('ul', {class: 'tiles'});
  #empty = element('div', {class: 'empty'}, element('p', {say: 'galleryEmpty'}),
                   element('div', {class: 'chips suggestions', role: 'group', sayLabel: 'ideas'}));
  #shown = PAGE;

  constructor(history, actions) {
    this.#history = history;
    this.#actions = actions;
    this.#list.append(...Array.from({length: FILLERS}, () =>
        element('li', {class: 'filler', role: 'presentation', 'aria-hidden': 'true'})));
    byId('gallery').append(this.#list, this.#empty);
    byId('older').addEventListener('click', () => {
      const first = this.#shown;
      this.#shown += PAGE;
      this.show();
      this.#list.children[first]?.querySelector('button').focus();
    });
    document.addEventListener('languagechosen', () => this.#showUse());
    this.show();
  }

  show() {
    const pictures = this.#history.pictures.slice(0, this.#shown);
    const known = new Map([...this.#list.querySelectorAll('.tile')].map((tile) => [tile.dataset.key, tile]));
    const tiles = pictures.map((picture) => {
      const tile = known.get(picture.key);
      known.delete(picture.key);
      return tile ?? this.#tile(picture);
    });
    for (const gone of known.values()) gone.remove();
    tiles.forEach((tile, place) => {
      if (this.#list.children[place] !== tile) {
        this.#list.insertBefore(tile, this.#list.children[place]);
      }
    });
    this.#empty.hidden = pictures.length > 0;
    byId('older').hidden = this.#history.pictures.length <= this.#shown;
    byId('delete-all').hidden = pictures.length === 0;
    this.#showUse();
  }

  forget(pictures) {
    for (const {blob} of pictures) forgetAddress(blob);
    this.show();
  }

  focus(key) {
    const tile = this.#list.querySelector(`[data-key="${CSS.escape(key)}"] .open`);
    (tile ?? this.#list.querySelector('.open') ?? byId('prompt')).focus();
  }

  #showUse() {
    const count = this.#history.pictures.length;
    const key = this.#history.isKept ? 'galleryUse' : 'galleryNotKept';
    byId('gallery-use').hidden = count === 0;
    say(byId('gallery-use'), key, {count, size: fileSize(this.#history.bytes())});
  }

  #tile(picture) {
    const {key, blob, width, height, prompt} = picture;
    const image = element('img', {src: addressOf(blob), alt: prompt || '', loading: 'lazy', width, height});
    const open = element('button', {type: 'button', class: 'open', onclick: () =>
        this.#actions.open(picture)}, image);
    if (prompt) open.setAttribute('aria-label', prompt);
    else sayLabel(open, 'untitled');
    const save = element('button', {type: 'button', class: 'icon-button', sayLabel: 'download',
                                    onclick: () => this.#actions.download(picture)}, icon('download'));
    const tools = element('div', {class: 'tile-tools'}, save,
        iconButton('edit', 'useAsInput', () => this.#actions.edit(picture)),
        iconButton('compare', 'compare', () => this.#actions.compare(picture)));
    const size = element('span', {class: 'tile-size', 'aria-hidden': 'true', text: `${width} × ${height}`});
    const tile = element('li', {class: 'tile', 'data-key': key}, open, tools, size);
    const ratio = Math.min(3, Math.max(0.4, width / height));
    tile.style.setProperty('--ratio', ratio);
    return tile;
  }
}
