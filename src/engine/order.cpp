#include "engine/order.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/utils.h>

#include "core/check.h"
#include "core/extent.h"
#include "core/names.h"
#include "core/sources.h"
#include "diffusion/timesteps.h"
#include "engine/control.h"
#include "engine/sizes.h"
#include "engine/wording.h"
#include "io/safetensors.h"
#include "models/control_input.h"
#include "models/loras.h"
#include "models/source.h"

namespace imagine::engine {
namespace {

constexpr std::uint64_t kLargestSeed = std::uint64_t(1) << 53;  // what JSON keeps whole
constexpr std::size_t kLongestPrompt = std::size_t(1) << 20;    // bytes: encoders read far less
constexpr int kLongestShape = 16;     // to 1: networks know nothing longer
constexpr int kLargestAtOnce = 2048;  // pixels along a side of what is enlarged without tiles
constexpr std::int64_t kMostPixels = 256'000'000;  // of an enlarged picture: memory is the limit

using models::Cascade;
using models::StageSpec;

const StageSpec& stage_at(const Cascade& cascade, std::size_t index) {
  return *cascade.stages[index].spec;
}

Extent extent_of(const Image& image) { return {.width = image.width, .height = image.height}; }

/// InputError for a picture that has not the bytes that its size asks for.
void check_bytes(const Source& source) {
  const auto& image = source.image;
  const bool fits = image.width >= 0 && image.height >= 0 &&
                    image.rgb.size() == std::size_t(image.width) * std::size_t(image.height) * 3;
  check<InputError>(fits, source.name, ": expected ", image.width, "x", image.height,
                    " pixels of three bytes, got ", image.rgb.size(), " bytes");
  const auto alpha = source.alpha.size();
  check<InputError>(alpha == 0 || alpha == image.rgb.size() / 3, source.name,
                    ": expected an alpha of width * height bytes, got ", alpha);
}

/// InputError for a picture that is longer than any network knows; `name` is its place.
void check_shape(const Image& image, const std::string& name) {
  const auto [shorter, longer] = std::minmax(image.width, image.height);
  check<InputError>(longer <= std::int64_t(kLongestShape) * shorter, name,
                    ": expected a shape from 1:", kLongestShape, " to ", kLongestShape, ":1, got ",
                    image.width, "x", image.height);
}

void check_source(const Request& request) {
  check_extension(request);
  if (request.task == Task::generate) return;
  check<InputError>(
      request.image && request.image->image.width > 0 && request.image->image.height > 0,
      "image: expected a picture to ", name_of(request.task), ", got none");
  const auto& image = request.image->image;
  check_shape(image, request.image->name);
  if (request.task == Task::upscale) return;
  for (const auto& options : request.stages) {
    const auto strength = options.strength.value_or(1);
    check<InputError>(strength > 0 && strength <= 1,
                      "strength: expected more than 0 and at most 1, got ", strength);
  }
  if (!request.mask) return;
  const auto& mask = request.mask->image;
  check<InputError>(mask.width == image.width && mask.height == image.height, request.mask->name,
                    ": expected a mask of ", image.width, "x", image.height,
                    " pixels like the picture, got ", mask.width, "x", mask.height);
}

/// Of its canvas: [1, 1, H, W]
Tensor mask_of(const Order& order, Extent extent) {
  const bool is_grey = order.request.mask_use == MaskUse::strength;
  const auto& image = *order.canvas->mask;
  return is_grey ? models::brightness_at(image, extent) : models::mask_at(image, extent);
}

/// InputError where the mask chooses nothing at the size that is drawn first.
void check_mask(const Order& order, const StageSpec& first) {
  if (!order.canvas->mask) return;
  const auto extent = first.edited(extent_of(order.canvas->picture), {.width = 0, .height = 0});
  const bool chooses = mask_of(order, extent).any().item<bool>();
  const auto& mask = order.request.mask;
  check<InputError>(chooses, mask ? mask->name : "extend",
                    ": expected white where the picture is drawn anew, got a mask that chooses "
                    "nothing (of ",
                    extent.width, "x", extent.height, " pixels that are drawn first)");
}

void check_request(const Request& request, const Cascade& cascade) {
  for (const auto* text : {&request.prompt, &request.negative}) {
    check<InputError>(text->size() <= kLongestPrompt, "prompt: expected at most ", kLongestPrompt,
                      " bytes, got ", text->size());
    check<InputError>(text->find('\0') == text->npos, "prompt: expected text, got a NUL in it");
  }
  check<InputError>(request.count >= 1 && request.count <= 10'000,
                    "count: expected 1 .. 10000, got ", request.count);
  check<InputError>(request.seed <= kLargestSeed - std::uint64_t(request.count - 1),
                    "seed: expected at most ", kLargestSeed, " of all pictures, got ", request.seed,
                    " for the first of ", request.count);
  check<InputError>(request.task == Task::upscale || !stage_at(cascade, 0).enlarges(),
                    "model: expected one that draws from a prompt, got a super-resolution stage ",
                    "alone: ", cascade.name);
}

/// How much larger what is drawn is than what is asked for. InputError for an unknown size.
int shrink_of(const Request& request, const Cascade& cascade) {
  std::string known;
  for (const auto& [size, shrink] : sizes_of(cascade, request.task)) {
    if (size == request.size) return shrink;
    known += concat(known.empty() ? "" : ", ", size);
  }
  check<InputError>(!known.empty(), "model: expected one with super-resolution, got ",
                    cascade.name);
  throw InputError(concat("size: expected one of ", known, ", got ", request.size));
}

double ratio_of(const Request& request) {
  if (request.aspect.empty()) return 1;
  check<InputError>(request.task == Task::generate,
                    "aspect: expected none, the picture has its own");
  const auto ratio = parse_ratio(request.aspect);
  check<InputError>(ratio.has_value(), "aspect: ", kRatioExpected, ", got \"", request.aspect, '"');
  return *ratio;
}

/// Whether what is no square is drawn in windows. InputError for what cannot be drawn so.
bool by_windows(const Request& request, const StageSpec& first) {
  const auto method = request.aspect_method.value_or(
      first.draws_squares_alone() ? AspectMethod::windows : AspectMethod::whole);
  if (request.aspect.empty()) return false;
  check<InputError>(method == AspectMethod::windows || !first.draws_squares_alone(),
                    "aspect_method: expected windows: this model learned pictures of ",
                    first.size(), "x", first.size(), " pixels and no other shape");
  if (method == AspectMethod::whole) return false;
  const bool by_attention =
      request.region_method.value_or(RegionMethod::attention) == RegionMethod::attention;
  check<InputError>(!request.regions || !by_attention,
                    "region_method: expected multidiffusion for a picture in windows");
  const bool is_told = request.control && request.control->has_shapes();
  check<InputError>(
      !is_told && !request.style,
      request.aspect_method ? "aspect_method: expected whole" : "aspect: expected 1:1",
      " for a picture that follows a control or a style");
  return true;
}

/// Those up to the request's size; of an upscaling as many of the last of them as make about as
/// many pixels as a square of that size has, one at least.
Stages stages_for(const Request& request, const Cascade& cascade, int shrink = 1) {
  const auto largest = request.size * shrink;
  const auto at = [&](std::size_t index) -> const StageSpec& { return stage_at(cascade, index); };
  Stages used{.begin = 0, .end = cascade.stages.size()};
  while (used.end > 1 && at(used.end - 1).size() > largest) --used.end;
  if (request.task != Task::upscale) return used;
  const auto [width, height, rgb] = request.image->image;
  double side = std::sqrt(double(width) * double(height));
  double nearest = std::numeric_limits<double>::infinity();
  for (auto begin = used.end; begin-- > 0 && at(begin).enlarges();) {
    side *= double(at(begin).enlarged({.width = 1, .height = 1}).width);
    const auto away = std::abs(std::log(side / double(largest)));
    if (away >= nearest) break;
    nearest = away, used.begin = begin;
  }
  return used;
}

/// The size that a request without one asks for.
int default_size(const Request& request, const Cascade& cascade) {
  if (request.task != Task::upscale) return cascade.default_size;
  auto all = request;
  all.size = stage_at(cascade, cascade.stages.size() - 1).size();
  return stage_at(cascade, stages_for(all, cascade).begin).size();
}

/// InputError for a picture that is too large to be enlarged by these stages.
void check_upscaled(const Request& request, const Cascade& cascade, const Stages& used) {
  const auto& image = request.image->image;
  Extent extent{.width = image.width, .height = image.height};
  for (auto i = used.begin; i < used.end; ++i) {
    const auto& stage = stage_at(cascade, i);
    check<InputError>(
        stage.draws_in_tiles() || std::max(extent.width, extent.height) <= kLargestAtOnce,
        request.image->name, ": expected at most ", kLargestAtOnce, " pixels along each side for ",
        cascade.name, ", got ", extent.width, "x", extent.height);
    extent = stage.enlarged(extent);
    check<InputError>(extent.width * extent.height <= kMostPixels, request.image->name,
                      ": expected at most ", kMostPixels / 1'000'000,
                      " million pixels when it is enlarged, got ", extent.width, "x", extent.height,
                      " of ", image.width, "x", image.height, "; make it smaller first");
  }
}

/// What is asked of stage `index` of `count`. What is drawn on around a picture begins with its
/// edge: drawn all anew, its things would be drawn a second time.
StageOptions options_for(const Request& request, std::size_t index, std::size_t count) {
  const auto& all = request.stages;
  check<InputError>(all.size() <= 1 || all.size() == count,
                    "stages: expected settings for all of them, or for each of ", count, ", got ",
                    all.size());
  StageOptions options;
  if (!all.empty()) options = all.size() == 1 ? all.front() : all[index];
  constexpr double kExtensionStrength = 0.7;
  const bool extends_alone = request.extend && !request.mask && index == 0;
  if (extends_alone && !options.strength) options.strength = kExtensionStrength;
  return options;
}

std::vector<StageSettings> resolved(const Request& request, const Cascade& cascade,
                                    const Stages& used) {
  const bool names_other = !request.negative.empty() || joins_texts(request);
  std::vector<StageSettings> settings;
  for (std::size_t i = 0; i < used.count(); ++i) {
    const models::StageUse use{
        .task = request.task,
        .inpaints = request.task == Task::edit && (request.mask || request.extend),
        .enlarges_real = request.task == Task::upscale && i == 0,
        .negative = names_other,
        .changed = !request.loras.empty()};
    settings.push_back(
        stage_at(cascade, used.begin + i).resolved(options_for(request, i, used.count()), use));
  }
  return settings;
}

/// FormatError for a file that is no low-rank change.
void check_loras(const Request& request) {
  for (const auto& lora : request.loras) {
    check<InputError>(std::isfinite(lora.weight), lora.file, ": expected a finite weight, got ",
                      lora.weight);
    io::SafetensorsFile opens(models::lora_file_in(lora.file));
    models::files_of_lora(lora.file);
  }
}

}  // namespace

std::int64_t steps_of(const StageSettings& settings) {
  const auto* list = std::get_if<TimestepList>(&settings.steps);
  return list ? std::ssize(diffusion::timesteps_of(*list)) : std::get<std::int64_t>(settings.steps);
}

Order order_of(const Request& asked_for, const Cascade& cascade) {
  Order order{.request = asked_for,
              .ratio = ratio_of(asked_for),
              .by_windows = false,
              .stages = {},
              .settings = {}};
  auto& request = order.request;
  check_source(request);
  check_loras(request);
  if (request.size == 0) request.size = default_size(request, cascade);
  check_request(request, cascade);
  order.shrink = shrink_of(request, cascade);
  order.stages = stages_for(request, cascade, order.shrink);
  if (request.task == Task::upscale) check_upscaled(request, cascade, order.stages);
  order.settings = resolved(request, cascade, order.stages);
  read_prompts(request, steps_of(order.settings.front()));
  const bool may_be_empty = request.task == Task::upscale || cascade.text_rules.front().reads_empty;
  check<InputError>(may_be_empty || says_something(request),
                    "prompt: expected some text, got none");
  check_words(request, stage_at(cascade, order.stages.begin));
  visit_sources(request, check_bytes);
  settle_control(request, stage_at(cascade, order.stages.begin));
  check_style(request, stage_at(cascade, order.stages.begin));
  order.by_windows = by_windows(request, stage_at(cascade, order.stages.begin));
  if (request.task == Task::edit) {
    const bool squares = std::ranges::any_of(
        cascade.stages, [](const auto& stage) { return !stage.spec->edits_any_shape(); });
    order.canvas = canvas_of(request, squares);
    check_shape(order.canvas->picture, request.extend ? "extend" : request.image->name);
    check_mask(order, stage_at(cascade, order.stages.begin));
  }
  return order;
}

Tensor upscaled_of(const Order& order) {
  if (order.request.task != Task::upscale) return {};
  const auto& image = order.request.image->image;
  return models::picture_at(image, extent_of(image));
}

std::optional<models::Edited> edited_for(const Order& order, const StageSpec& stage,
                                         const Tensor& coarse) {
  if (!order.canvas) return std::nullopt;
  const auto& [picture, mask] = *order.canvas;
  Extent before{.width = 0, .height = 0};
  if (coarse.defined()) before = {.width = coarse.size(3), .height = coarse.size(2)};
  const auto extent = stage.edited(extent_of(picture), before);
  models::Edited edited{.picture = models::picture_at(picture, extent)};
  if (mask) edited.mask = mask_of(order, extent);
  if (order.request.mask_use != MaskUse::strength) return edited;
  // What enlarges has no moment of its few steps at which a place could begin to be drawn: what
  // the stage before has drawn there it takes more of, the more that was.
  constexpr double kWholly = 0.25;
  edited.by_strength = !stage.enlarges();
  if (stage.enlarges()) edited.mask = (edited.mask / kWholly).clamp_max(1);
  return edited;
}

Tensor shrunk(const Order& order, const Tensor& drawn) {
  return order.shrink == 1 ? drawn : torch::avg_pool2d(drawn, order.shrink);
}

std::vector<std::uint8_t> enlarged_alpha(const Request& request, const Image& drawn) {
  if (request.task != Task::upscale || request.image->alpha.empty()) return {};
  return models::alpha_at(request.image->alpha, extent_of(request.image->image), extent_of(drawn));
}

}  // namespace imagine::engine
