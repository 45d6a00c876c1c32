// The grids on the page: begun, shown again after the page was loaded anew, and forgotten.

import {cellsOf} from './plot_axes.js';
import {PlotGrid} from './plot_grid.js';
import {ratioOf} from './shape_field.js';
import {ofBrowser} from './stored.js';

const STORED = 'imagine.plots';
const MOST = 8;

function stored() {
  try {
    return JSON.parse(ofBrowser.get(STORED)) ?? [];
  } catch {
    return [];
  }
}

export class Plots {
  #jobs;
  #actions;
  #history;

  constructor({jobs, actions, history}) {
    this.#jobs = jobs;
    this.#actions = actions;
    this.#history = history;
  }

  // `send(form, about)` asks for one picture.
  begin(axes, form, firstStage, send) {
    const plot = {id: String(Date.now()), axes, title: form.prompt, ratio: ratioOf(form.aspect)};
    ofBrowser.set(STORED, JSON.stringify([plot, ...stored()].slice(0, MOST)));
    this.#show(plot, []);
    for (const {form: varied, row, column} of cellsOf(axes, form, firstStage)) {
      send(varied, {plot: {id: plot.id, row, column}});
    }
  }

  // A grid none of whose pictures is kept any more is forgotten.
  restore() {
    for (const plot of stored().reverse()) {
      const pictures = this.#history.pictures.filter((picture) => picture.plot?.id === plot.id);
      if (pictures.length > 0) this.#show(plot, pictures);
      else this.#forget(plot);
    }
  }

  #show(plot, pictures) {
    new PlotGrid(plot, {jobs: this.#jobs, actions: this.#actions, pictures,
                        left: () => this.#forget(plot)});
  }

  #forget({id}) {
    ofBrowser.set(STORED, JSON.stringify(stored().filter((plot) => plot.id !== id)));
  }
}
