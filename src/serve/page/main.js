// Starts the page, and joins its parts.

import {copyLink, pictureActions} from './actions.js';
import {announce, notify, notifyPlainly} from './announce.js';
import {
  ApiError, ConnectionError, capabilities as askCapabilities, onKeyWanted, recipeIn, setKey,
} from './api.js';
import {defaultsOf, modelNamed, stageSettingNames} from './cascade.js';
import {Compare} from './compare.js';
import {askForKey, confirmed} from './dialogs.js';
import {takeDrops} from './drop.js';
import {bringIntoView, byId} from './element.js';
import {Form, usableModelOrNone} from './form.js';
import {Gallery} from './gallery.js';
import {followedPictures} from './guide_form.js';
import {History} from './history.js';
import {JobList} from './job_list.js';
import {Jobs} from './jobs.js';
import {Lightbox} from './lightbox.js';
import {formOfAddress} from './link.js';
import {PlotFields} from './plot_fields.js';
import {Plots} from './plots.js';
import {formOfFields, formOfRecipe} from './recipe.js';
import {randomSeed, requestOf, settledForms} from './request.js';
import {ofTab} from './stored.js';
import {showSuggestions} from './suggestions.js';
import {chooseLanguage, currentLanguage, say, sayDocument, sayPlainly, words} from './words.js';
import {Workbench} from './workbench.js';

const DRAFT = 'imagine.form';
const EXTENDED_STRENGTH = 0.7;  // so that a picture's edge goes on around it; see docs/control.md
const page = {jobs: new Jobs(), history: new History(), compare: new Compare()};

// One dialog, however many calls were refused at once.
let keyAsked = null;
onKeyWanted((wasRefused) => {
  keyAsked ??= askForKey(wasRefused).then((key) => {
    keyAsked = null;
    if (key) setKey(key);
    return key !== '';
  });
  return keyAsked;
});

function startLanguage() {
  sayDocument();
  byId('language').value = currentLanguage();
  byId('language').addEventListener('change', ({target}) => chooseLanguage(target.value));
}

async function knownCapabilities() {
  for (let wait = 1; ; wait = Math.min(wait * 2, 15)) {
    try {
      return await askCapabilities();
    } catch (problem) {
      if (problem instanceof ConnectionError) say(byId('server-state'), 'noServer');
      else sayPlainly(byId('server-state'), problem.message);
      byId('server-state').classList.add('is-wrong');
      await new Promise((done) => setTimeout(done, wait * 1000));
    }
  }
}

function showServer({version}) {
  byId('server-state').classList.remove('is-wrong');
  sayPlainly(byId('server-state'), `${page.form.model.name} · ${version}`);
}

// Fills the form, axes of a grid included.
page.fill = (form) => {
  page.form.fill(form);
  page.plotFields.fill(form.axes);
  byId('prompt').focus();
  scrollTo({top: 0, behavior: 'auto'});
};

const formWithAxes = () => {
  const form = page.form.read();
  return form.mode === 'plot' ? {...form, axes: page.plotFields.read()} : form;
};

function send(form, pictures, about = {}) {
  return page.jobs.add(requestOf(form, page.capabilities, pictures), {form, ...about});
}

async function draw() {
  page.form.clearErrors();
  if (!page.form.check()) return;
  const form = page.form.read();
  const sketch = await page.form.sketch();
  if (form.mode === 'plot') return drawPlot(form, {sketch});
  let pictures = {sketch};
  if (form.mode !== 'generate') {
    if (!page.workbench.hasPicture) {
      page.form.showError({message: words('needsPicture')});
      return page.workbench.focus();
    }
    pictures = {sketch, ...await page.workbench.source()};
  }
  const forms = settledForms(form);
  for (const each of forms) send(each, pictures);
  page.form.seed.drewWith(forms[0].seed);
  announce('sent', {prompt: form.prompt});
  showResults();
}

function drawPlot(form, pictures) {
  const axes = page.plotFields.axes();
  if (!axes) return;
  const seed = form.seed ?? randomSeed();
  page.form.seed.drewWith(seed);
  page.plots.begin(axes, {...form, seed, count: 1}, page.form.model.stages[0].size,
                   (varied, about) => send(settledForms(varied)[0], pictures, about));
  showResults('plots');
}

// What is drawn may stand below what the screen shows: below the form of a small one, or below the
// picture that is edited.
function showResults(place = 'jobs') {
  if (byId(place).getBoundingClientRect().top < innerHeight * 0.7) return;
  bringIntoView(byId(place), 'start');
}

async function drawPrompts(file) {
  const lines = (await file.text()).split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
  if (lines.length === 0) return notify('promptsNone', {name: file.name});
  const form = {...page.form.read(), mode: 'generate'};
  const count = lines.length * form.count;
  if (!await confirmed('promptsQuestion', {count, lines: lines.length, name: file.name}, 'draw')) return;
  const sketch = await page.form.sketch();
  for (const prompt of lines) settledForms({...form, prompt}).forEach((each) => send(each, {sketch}));
  showResults();
}

async function readRecipe(file) {
  const offers = [{say: 'mode_edit', onclick: () => useAsInput('edit', file)}];
  try {
    const {recipe, fields, format, text} = await recipeIn(file);
    const names = stageSettingNames(page.capabilities);
    const model = modelNamed(page.capabilities, recipe?.model);
    if (recipe) page.fill(formOfRecipe(recipe, model, names));
    else if (fields?.prompt) page.fill(formOfFields(fields, page.form.model));
    else return notifyPlainly(text, {actions: offers});
    const lacks = recipe && followedPictures(recipe);
    notify(lacks ? 'recipeReadWithout' : 'recipeRead', {format}, {actions: offers});
  } catch (problem) {
    if (problem instanceof ApiError && problem.status !== 404) notifyPlainly(problem.message);
    else notify(problem instanceof ApiError ? 'recipeNone' : 'noServer', {}, {actions: offers});
  }
}

async function useAsInput(mode, file) {
  page.form.mode = mode;
  await page.workbench.take(file);
}

function takeUsual(file) {
  if (['edit', 'upscale'].includes(page.form.mode)) page.workbench.take(file);
  else readRecipe(file);
}

// A picture came: it goes into the history, then into the gallery.
async function keep(event) {
  const {entry, output, index, blob} = event.detail;
  const {job, about} = entry;
  const recipe = output.recipe;
  const form = about.form ?? {};
  const picture = {
    key: `${job.id}/${index}`, created: (job.created_at ?? Date.now() / 1000) * 1000 + index / 1000,
    blob, recipe, form, prompt: recipe?.prompt ?? form.prompt, seed: output.seed,
    width: output.width, height: output.height, format: output.format, model: job.model,
    plot: about.plot,
  };
  event.detail.picture = picture;
  page.form.showDrawn(picture);
  const gone = await page.history.add(picture);
  if (gone.length > 0 || about.plot) page.gallery.forget(gone);
}

function tellCut(job) {
  const cut = job?.warnings?.find(({code}) => code === 'prompt_cut');
  if (cut) notify('promptCut', cut, {seconds: 15});
}

function watchJobs() {
  page.jobs.addEventListener('output', keep);
  page.jobs.addEventListener('ended', ({detail: {entry}}) => {
    const {state, error, job, about} = entry;
    page.gallery.show();  // until now the job's card showed its pictures
    const prompt = entry.request.prompt ?? job?.request?.prompt ?? '';
    if (state === 'done' && !about.plot) announce('ready', {prompt});
    tellCut(job);
    if (state === 'canceled') announce('canceled');
    if (state !== 'failed') return;
    announce('failed', {message: error.message});
    if (!job && error.field) {  // it was refused for what a field says
      page.form.showError(error);
      page.jobs.dismiss(entry);
    }
  });
  addEventListener('beforeunload', (event) => { if (page.jobs.unsent() > 0) event.preventDefault(); });
}

function joinForm() {
  const {form, workbench} = page;
  form.node.addEventListener('submit', (event) => {
    event.preventDefault();
    draw();
  });
  for (const id of ['prompt', 'negative']) {
    byId(id).addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.node.requestSubmit();
    });
  }
  const showWorkbench = () => {
    workbench.setMode(form.mode, !form.model.edits_any_shape);
    const {task, model} = form;
    const inpaints = workbench.picture.inpaints;
    const {strength} = defaultsOf(model.stages[0], {task, inpaints});
    workbench.showStrength(form.strength, strength);
  };
  form.addEventListener('modechosen', () => {
    showWorkbench();
    form.setPicture(workbench.picture);
  });
  form.addEventListener('modelchosen', showWorkbench);
  form.addEventListener('changed', () =>
      ofTab.set(DRAFT, JSON.stringify(formWithAxes())));
  workbench.addEventListener('changed', () => form.setPicture(workbench.picture));
  workbench.addEventListener('extended', () => {
    form.strength ??= EXTENDED_STRENGTH;
    showWorkbench();
  });
  workbench.addEventListener('strength', ({detail}) => {
    form.strength = detail;
    showWorkbench();
  });
}

function joinButtons() {
  byId('copy-form-link').addEventListener('click', () => copyLink(formWithAxes()));
  byId('reset').addEventListener('click', () => page.fill({mode: page.form.mode}));
  const chooseFile = (button, input, take) => {
    byId(button).addEventListener('click', () => byId(input).click());
    byId(input).addEventListener('change', ({target}) => {
      if (target.files[0]) take(target.files[0]);
      target.value = '';
    });
  };
  chooseFile('read-recipe', 'recipe-file', readRecipe);
  chooseFile('read-prompts', 'prompts-file', drawPrompts);
  byId('delete-all').addEventListener('click', async () => {
    const count = page.history.pictures.length;
    if (!await confirmed('deleteAllQuestion', {count}, 'deleteAll')) return;
    const gone = page.history.pictures;
    await page.history.clear();
    page.compare.leave();
    page.gallery.forget(gone);
    byId('prompt').focus();
  });
  for (const button of document.querySelectorAll('.help')) {
    button.addEventListener('click', () => {
      const text = byId(button.getAttribute('aria-controls'));
      text.hidden = !text.hidden;
      button.setAttribute('aria-expanded', !text.hidden);
    });
  }
}

function linkedForm() {
  const linked = formOfAddress();
  if (linked) history.replaceState(null, '', location.pathname);
  return linked;
}

function draft() {
  try {
    return JSON.parse(ofTab.get(DRAFT));
  } catch {
    return null;
  }
}

async function start() {
  startLanguage();
  byId('draw').disabled = true;
  say(byId('draw'), 'draw');
  const opened = page.history.open();
  page.capabilities = await knownCapabilities();
  await opened;
  const nothing = usableModelOrNone(page.capabilities);
  if (nothing) return sayPlainly(byId('server-state'), nothing);
  page.form = new Form(page.capabilities);
  page.workbench = new Workbench(page.capabilities.limits);
  page.plotFields = new PlotFields(page.form, page.capabilities);
  page.actions = pictureActions(page);
  page.plots = new Plots(page);
  page.gallery = new Gallery(page.history, page.actions);
  showSuggestions(() => byId('draw').focus());
  page.lightbox = new Lightbox(page.history, page.actions);
  joinForm();
  joinButtons();
  takeDrops({
    usual: takeUsual, prompts: drawPrompts,
    zones: [{name: 'recipe', icon: 'settings', say: 'dropRecipe', take: readRecipe},
            {name: 'edit', icon: 'edit', say: 'dropEdit', take: (file) => useAsInput('edit', file)},
            {name: 'upscale', icon: 'enlarge', say: 'dropUpscale',
             isShown: () => page.form.canDo('upscale'),
             take: (file) => useAsInput('upscale', file)}],
  });
  watchJobs();
  new JobList(page.jobs);
  showServer(page.capabilities);
  const form = linkedForm() ?? draft();
  if (form) page.fill(form);
  addEventListener('hashchange', () => {
    const linked = linkedForm();
    if (linked) page.fill(linked);
  });
  page.plots.restore();
  page.jobs.resume();
  byId('draw').disabled = false;
  document.documentElement.dataset.ready = 'yes';
}

start();
