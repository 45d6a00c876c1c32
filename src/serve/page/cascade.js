// What the models that the server offers can do.

export function usableModels(capabilities) {
  return capabilities.models.filter((model) => !model.error);
}

export function modelNamed(capabilities, name) {
  const models = usableModels(capabilities);
  return models.find((model) => model.name === (name || capabilities.usual_model)) ?? models[0];
}

// The task that a way of working comes to: a grid is many pictures that are generated.
export const taskOf = (mode) => (mode === 'plot' ? 'generate' : mode);

const stagesWith = (model, task) =>
    model.stages.filter((stage) => stage.defaults.some((each) => each.task === task));

export function can(model, task) {
  if (task === 'upscale') return model.stages.some((stage) => stage.enlarges);
  return stagesWith(model, task).length > 0;
}

// What it can be told beside the prompt: boxes with words (drawn at once, or each by itself), what its
// adapter follows, and a picture's look. Colours and looks that have names every model can be told.
export const guidesOf = (model) => ({regions: model.regions ?? true, control: model.control ?? false,
                                     style: model.style ?? false, atOnce: model.weighs_words ?? true});

// What can be asked for as the size of a task's pictures; of an upscaling what is larger than the
// picture, or the largest there is.
export function sizesOf(model, task, shorterSide = 0) {
  if (task !== 'upscale') return model.sizes;
  const sizes = model.stages.filter((stage) => stage.enlarges).map((stage) => stage.size);
  const larger = sizes.filter((size) => size > shorterSide);
  return larger.length > 0 ? larger : sizes.slice(-1);
}

// The stages that a request of this size goes through. An upscaling begins with the first stage
// that makes more pixels than the picture's shorter side has.
export function usedStages(model, task, size, shorterSide = 0) {
  const all = model.stages;
  const wanted = size || (task === 'upscale' ? 0 : model.default_size);
  const reaches = all.findIndex((stage) => stage.size >= wanted);
  const end = reaches < 0 ? all.length : reaches + 1;
  if (task !== 'upscale') return all.slice(0, end);
  const last = size ? end : all.length;
  let begin = 0;
  while (begin + 1 < last && (!all[begin].enlarges || all[begin].size <= shorterSide)) ++begin;
  return all.slice(begin, size ? last : begin + 1);
}

// What a stage does where nothing is asked of it. A stage with a distilled network has two rows for a
// task: that network's, and those of the base, which draws as soon as something is asked for.
export function defaultsOf(stage, {task, inpaints, network, isPlain = true}) {
  const ofTask = stage.defaults.filter((each) => each.task === task);
  const exact = ofTask.filter((each) => each.inpaints === inpaints);
  const rows = (exact.length > 0 ? exact : ofTask.length > 0 ? ofTask : stage.defaults)
      .map(({settings}) => settings);
  const wanted = network ?? (isPlain ? undefined : 'base');
  return rows.find((settings) => settings.network === wanted) ?? rows[0] ?? {};
}

// The description of a field of a stage in the server's schema of a request.
export function stageSchema(capabilities, name) {
  const stages = capabilities.request?.properties?.stages;
  return stages?.items?.properties?.[name] ?? {};
}

export function stageSettingNames(capabilities) {
  return Object.keys(capabilities.request?.properties?.stages?.items?.properties ?? {});
}

export function requestSchema(capabilities, name) {
  return capabilities.request?.properties?.[name];
}
