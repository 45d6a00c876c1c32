// What guides a picture, in a form, a request, a recipe and a link.
//
// In a form: `boxes` are {kind: 'region' | 'layout', box, words, strength, feather, until}; `control` has
// what was said of sketch, edges, edges_from, depth, silhouette, palette, palette_from, strength and until;
// `look` has the name of one, and the picture whose look is taken on, with weight and until; region_method,
// aspect_method and prompt_syntax are the request's own.

import {fitted, isInside, isRest} from './box_shapes.js';
import {guidesOf, taskOf} from './cascade.js';

const PLANES = ['edges', 'edges_from', 'depth', 'silhouette'];
const PICTURES = [...PLANES, 'palette_from'];
export const USUAL_OF_BOXES = {strength: 0.65, feather: 0, until: 1};
const USUAL = {strength: 1, until: 1, weight: 1};

const only = (values) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
const unlessEmpty = (list) => (list.length > 0 ? list : undefined);
const unlessNothing = (values) => (Object.keys(values).length > 0 ? values : undefined);

// Each text of the boxes changed.
export function withBoxWords(form, change) {
  if (!form.boxes) return form;
  return {...form, boxes: form.boxes.map((box) => ({...box, words: change(box.words)}))};
}

// Whether a form asks for what no picture in windows can follow.
export function needsWhole({boxes = [], control = {}, look = {}}, model) {
  const able = guidesOf(model);
  const isTold = boxes.some(({kind}) => kind === 'layout') || ['sketch', ...PLANES].some((name) => control[name]);
  return (able.control && isTold) || Boolean(able.style && look.picture);
}

// Whether a form's picture is drawn in windows: where that is chosen, and by models that learned squares
// alone whatever is no square.
export function isInWindows(form, model) {
  const hasShape = taskOf(form.mode) === 'generate' && Boolean(form.aspect);
  const inWindows = form.aspect_method === 'windows' || model.draws_squares_alone;
  return hasShape && inWindows && !needsWhole(form, model);
}

// The fields of a request. `sketch` is what was drawn, as a data URL; what the model cannot do is left out.
export function guideFields(form, model, sketch) {
  const able = guidesOf(model), boxes = form.boxes ?? [];
  const regions = boxes.filter(({kind}) => kind === 'region' && able.regions)
      .map(({box, words, strength, feather, until}) => only({box, prompt: words, strength, feather, until}));
  const inWindows = isInWindows(form, model);
  const method = able.atOnce && !inWindows ? form.region_method || undefined : 'multidiffusion';
  return {
    prompt_syntax: form.prompt_syntax || undefined,
    regions: unlessEmpty(regions),
    region_method: regions.length > 0 ? method : undefined,
    aspect_method: inWindows ? 'windows' : undefined,
    control: controlField(form, able, sketch),
    style: styleField(form.look ?? {}, able),
  };
}

// Nothing where there is nothing to follow.
function controlField({boxes = [], control = {}}, able, sketch) {
  const {strength, until, palette, palette_from, ...pictures} = control;
  const layout = boxes.filter(({kind}) => kind === 'layout').map(({box, words}) => ({box, phrase: words}));
  const followed = only({...(able.control && {...pictures, layout: unlessEmpty(layout), sketch}),
                         palette: palette_from ? undefined : palette, palette_from});
  return unlessNothing(followed) && only({...followed, strength, until});
}

// A picture takes the place of a name.
function styleField({name, picture, weight, until}, able) {
  return picture && able.style ? only({picture, weight, until}) : name;
}

// Regions that the prompt itself names by signs are in the recipe too, after all others.
function ownRegions({regions = [], prompt = '', prompt_syntax: syntax}) {
  const named = syntax === 'a1111' ? (prompt.match(/<region:(?!end>)/g) ?? []).length : 0;
  return regions.slice(0, Math.max(0, regions.length - named));
}

const unusual = (values, usual = USUAL) => Object.fromEntries(Object.entries(values).filter(
    ([name, value]) => value !== usual[name] && value !== undefined));

// What a recipe says, as a form has it. Of the pictures that were followed it knows names alone.
export function guidesOfRecipe(recipe) {
  const {layout = [], palette = [], strength, until} = recipe.control ?? {};
  const {picture, ...ofLook} = recipe.style ?? {};
  const boxes = [
    ...ownRegions(recipe).map(({box, prompt, ...values}) =>
        ({kind: 'region', box, words: prompt, ...unusual(values, USUAL_OF_BOXES)})),
    ...layout.map(({box, phrase}) => ({kind: 'layout', box, words: phrase})),
  ];
  const {region_method, aspect_method, prompt_syntax} = recipe;
  return safeGuides({boxes, region_method, aspect_method, prompt_syntax, look: unusual(ofLook),
                     control: {palette, ...unusual({strength, until})}});
}

// Whether a recipe's picture followed others, which it names but does not have.
export function followedPictures({control, style}) {
  return Boolean(style?.picture) || ['sketch', ...PICTURES].some((name) => control?.[name]);
}

// Anyone can write a link: what is not of its type is left out, and so are pictures.
export function safeGuides(form) {
  const boxes = listOf(form.boxes).map(safeBox).filter(Boolean);
  const {sketch, palette, strength, until} = form.control ?? {};
  const look = form.look ?? {};
  const strokes = listOf(sketch?.strokes).filter(isStroke)
      .map(({width, erases, points}) => ({width, erases: Boolean(erases), points}));
  const control = only({
    sketch: strokes.length > 0 ? {strokes} : undefined,
    palette: unlessEmpty(listOf(palette).map(safeColour).filter(Boolean).slice(0, 6)),
    strength: numberOrNone(strength), until: numberOrNone(until),
  });
  return only({
    boxes: unlessEmpty(boxes),
    region_method: form.region_method === 'multidiffusion' ? form.region_method : undefined,
    aspect_method: form.aspect_method === 'windows' ? form.aspect_method : undefined,
    prompt_syntax: form.prompt_syntax === 'a1111' ? form.prompt_syntax : undefined,
    control: unlessNothing(control),
    look: unlessNothing(only({name: textOrNone(look.name), weight: numberOrNone(look.weight),
                              until: numberOrNone(look.until)})),
  });
}

const listOf = (value) => (Array.isArray(value) ? value : []);
const numberOrNone = (value) => (Number.isFinite(value) ? value : undefined);
const textOrNone = (value) => (typeof value === 'string' ? value : undefined);
const areNumbers = (list) => Array.isArray(list) && list.every(Number.isFinite);

function safeBox(each) {
  const {kind, box, words} = each ?? {};
  if (!['region', 'layout'].includes(kind) || !areNumbers(box) || box.length !== 4) return null;
  const values = Object.keys(USUAL_OF_BOXES).map((name) => [name, numberOrNone(each[name])]);
  return {kind, box: isRest(box) || isInside(box) ? box : fitted(box),
          words: typeof words === 'string' ? words : '', ...only(Object.fromEntries(values))};
}

function safeColour(each) {
  if (!/^#[0-9a-f]{6}$/i.test(each?.colour)) return null;
  return only({colour: each.colour.toLowerCase(), share: numberOrNone(each.share)});
}

const isStroke = (each) => Number.isFinite(each?.width) && areNumbers(each.points) &&
    each.points.length >= 2 && each.points.length % 2 === 0;

// A form as a link has it: without pictures, which would make it too long. Says whether there were any.
export function withoutPictures(form) {
  const {sketch, ...control} = form.control ?? {};
  const {picture, ...look} = form.look ?? {};
  const had = PICTURES.some((name) => control[name]) || Boolean(sketch?.picture || picture);
  for (const name of PICTURES) delete control[name];
  if (sketch?.strokes.length > 0) control.sketch = {strokes: sketch.strokes};
  return {form: {...form, control, look}, had};
}
