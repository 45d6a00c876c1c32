#include "cascade/job.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "core/extent.h"

namespace imagine::cascade {
namespace {

constexpr std::uint64_t kLargestSeed = std::uint64_t(1) << 53;  // what JSON keeps whole
constexpr int kLongestShape = 16;     // to 1: networks know nothing longer
constexpr int kLargestAtOnce = 2048;  // pixels along a side of what is enlarged without tiles
constexpr std::int64_t kMostPixels = 256'000'000;  // of an enlarged picture: memory is the limit

std::string name_of(Task task) {
  switch (task) {
    case Task::edit:
      return "edit";
    case Task::upscale:
      return "upscale";
    case Task::generate:
      break;
  }
  return "generate";
}

void check_source(const Request& request) {
  if (request.task == Task::generate) return;
  check<InputError>(
      request.image && request.image->image.width > 0 && request.image->image.height > 0,
      "image: expected a picture to ", name_of(request.task), ", got none");
  const auto& image = request.image->image;
  const auto [shorter, longer] = std::minmax(image.width, image.height);
  check<InputError>(longer <= std::int64_t(kLongestShape) * shorter, request.image->name,
                    ": expected a shape from 1:", kLongestShape, " to ", kLongestShape, ":1, got ",
                    image.width, "x", image.height);
  const auto alpha = request.image->alpha.size();
  check<InputError>(alpha == 0 || alpha == image.rgb.size() / 3, request.image->name,
                    ": expected an alpha of width * height bytes, got ", alpha);
  if (request.task == Task::upscale) return;
  for (const auto strength : request.strength) {
    check<InputError>(strength > 0 && strength <= 1,
                      "strength: expected more than 0 and at most 1, got ", strength);
  }
  check<InputError>(request.kept.empty() || request.kept == kClean || request.kept == kNoised,
                    "kept: expected ", kClean, " or ", kNoised, ", got \"", request.kept, '"');
  if (!request.mask) return;
  const auto& mask = request.mask->image;
  check<InputError>(mask.width == image.width && mask.height == image.height, request.mask->name,
                    ": expected a mask of ", image.width, "x", image.height,
                    " pixels like the picture, got ", mask.width, "x", mask.height);
}

/// InputError where the mask chooses nothing at the size that is drawn first.
void check_mask(const Request& request, const StagePlan& first) {
  if (!request.mask) return;
  const auto& image = request.image->image;
  const auto extent =
      first.edited({.width = image.width, .height = image.height}, {.width = 0, .height = 0});
  const bool chooses = mask_at(request.mask->image, extent).any().item<bool>();
  check<InputError>(chooses, request.mask->name,
                    ": expected white where the picture is drawn anew, got a mask that chooses "
                    "nothing (of ",
                    extent.width, "x", extent.height, " pixels that are drawn first)");
}

void check_request(const Request& request, const Model& model) {
  check<InputError>(request.task == Task::upscale ||
                        request.prompt.find_first_not_of(" \t\r\n") != std::string::npos,
                    "prompt: expected some text, got none");
  check<InputError>(request.count >= 1 && request.count <= 10'000,
                    "count: expected 1 .. 10000, got ", request.count);
  check<InputError>(request.seed <= kLargestSeed - std::uint64_t(request.count - 1),
                    "seed: expected at most ", kLargestSeed, " of all pictures, got ", request.seed,
                    " for the first of ", request.count);
  std::string known;
  bool is_known = false;
  for (const auto& stage : model.stages) {
    if (request.task == Task::upscale && !stage->enlarges()) continue;
    known += concat(known.empty() ? "" : ", ", stage->size());
    is_known = is_known || stage->size() == request.size;
  }
  check<InputError>(!known.empty(), "model: expected one with super-resolution, got ", model.name);
  check<InputError>(is_known, "size: expected one of ", known, ", got ", request.size);
  check<InputError>(request.task == Task::upscale || !model.stages.front()->enlarges(),
                    "model: expected one that draws from a prompt, got a super-resolution stage ",
                    "alone: ", model.name);
}

double ratio_of(const Request& request) {
  if (request.aspect.empty()) return 1;
  check<InputError>(request.task == Task::generate,
                    "aspect: expected none, the picture has its own");
  const auto ratio = parse_ratio(request.aspect);
  check<InputError>(ratio.has_value(), "aspect: ", kRatioExpected, ", got \"", request.aspect, '"');
  return *ratio;
}

/// Of an upscaling the first stage that makes more pixels than there are, or the last one, and
/// those up to the request's size.
Stages stages_for(const Request& request, const Model& model) {
  const auto& all = model.stages;
  Stages used{.begin = 0, .end = all.size()};
  while (used.end > 1 && all[used.end - 1]->size() > request.size) --used.end;
  if (request.task != Task::upscale) return used;
  const int side = std::min(request.image->image.width, request.image->image.height);
  while (used.begin + 1 < used.end &&
         (!all[used.begin]->enlarges() || all[used.begin]->size() <= side)) {
    ++used.begin;
  }
  return used;
}

/// The size that a request without one asks for.
int default_size(const Request& request, const Model& model) {
  if (request.task != Task::upscale) return model.default_size;
  auto all = request;
  all.size = model.stages.back()->size();
  return model.stages[stages_for(all, model).begin]->size();
}

/// ConfigError where a stage would not make the size that the next one's place is for.
void check_sizes(const Model& model, const Stages& used) {
  for (auto i = std::max<std::size_t>(used.begin, 1); i < used.end; ++i) {
    const auto& stage = *model.stages[i];
    if (!stage.enlarges()) continue;
    const int before = model.stages[i - 1]->size();
    const auto made = stage.enlarged({.width = before, .height = before}).width;
    check<ConfigError>(made == stage.size(), model.name, ": stages[", i, "].size: expected ", made,
                       ", got ", stage.size());
  }
}

/// InputError for a picture that is too large to be enlarged by these stages.
void check_upscaled(const Request& request, const Model& model, const Stages& used) {
  const auto& image = request.image->image;
  Extent extent{.width = image.width, .height = image.height};
  for (auto i = used.begin; i < used.end; ++i) {
    const auto& stage = *model.stages[i];
    check<InputError>(
        stage.draws_in_tiles() || std::max(extent.width, extent.height) <= kLargestAtOnce,
        request.image->name, ": expected at most ", kLargestAtOnce, " pixels along each side for ",
        model.name, ", got ", extent.width, "x", extent.height);
    extent = stage.enlarged(extent);
    check<InputError>(extent.width * extent.height <= kMostPixels, request.image->name,
                      ": expected at most ", kMostPixels / 1'000'000,
                      " million pixels when it is enlarged, got ", extent.width, "x", extent.height,
                      " of ", image.width, "x", image.height, "; make it smaller first");
  }
}

/// What the list asks of stage `index` of `count`.
template <class Value>
std::optional<Value> wish(const std::string& name, const std::vector<Value>& list,
                          std::size_t index, std::size_t count) {
  check<InputError>(list.size() <= 1 || list.size() == count, name, ": expected one value, or ",
                    count, " for as many stages, got ", list.size());
  if (list.empty()) return std::nullopt;
  return list.size() == 1 ? list.front() : list[index];
}

std::vector<StageRecipe> settled(const Request& request, const Model& model, const Stages& used) {
  const auto count = used.end - used.begin;
  auto drawing = Drawing::whole;
  if (request.task == Task::edit) {
    drawing = request.mask ? Drawing::part : Drawing::variation;
  }
  std::vector<StageRecipe> recipes;
  for (std::size_t i = 0; i < count; ++i) {
    recipes.push_back(model.stages[used.begin + i]->settled(
        {.drawing = drawing,
         .enlarges_real = request.task == Task::upscale && i == 0,
         .negative = !request.negative.empty(),
         .steps = wish("steps", request.steps, i, count),
         .sampler = wish("sampler", request.sampler, i, count),
         .kept = request.kept.empty() ? std::nullopt : std::optional(request.kept),
         .guidance = wish("guidance", request.guidance, i, count),
         .noise_level = wish("noise_level", request.noise_level, i, count),
         .strength = wish("strength", request.strength, i, count)}));
  }
  return recipes;
}

}  // namespace

Job job_of(const Request& asked_for, const Model& model) {
  Job job{.request = asked_for,
          .ratio = ratio_of(asked_for),
          .stages = {},
          .recipe = {},
          .upscaled = {}};
  auto& request = job.request;
  check_source(request);
  if (request.size == 0) request.size = default_size(request, model);
  check_request(request, model);
  job.stages = stages_for(request, model);
  check_sizes(model, job.stages);
  if (request.task == Task::upscale) check_upscaled(request, model, job.stages);
  job.recipe = {.task = name_of(request.task),
                .image = request.image ? request.image->name : "",
                .mask = request.mask ? request.mask->name : "",
                .prompt = request.prompt,
                .negative = request.negative,
                .clean_caption = request.clean_caption,
                .size = request.size,
                .aspect = request.aspect,
                .stages = settled(request, model, job.stages),
                .model = model.name};
  if (model.left_out_quick && job.stages.begin == 0) {
    job.recipe.stages.front().network = kBaseNetwork;
  }
  if (request.task == Task::edit && !edits_any_shape(model)) {
    request.image->image = middle_square(request.image->image);
    if (request.mask) request.mask->image = middle_square(request.mask->image);
  }
  if (request.task == Task::edit) check_mask(request, *model.stages[job.stages.begin]);
  if (request.task == Task::upscale) {
    const auto& image = request.image->image;
    job.upscaled = picture_at(image, {.width = image.width, .height = image.height});
  }
  return job;
}

}  // namespace imagine::cascade
