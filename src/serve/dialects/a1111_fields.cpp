#include "serve/dialects/a1111_fields.h"

#include "core/check.h"
#include "recipes/a1111_samplers.h"
#include "recipes/foreign_recipe.h"
#include "serve/dialects/control_units.h"
#include "serve/dialects/lora_tags.h"
#include "serve/dialects/mask.h"

namespace imagine::serve {
namespace {

constexpr double kUsualStrength = 0.75;
constexpr std::uint8_t kChosenFrom = 128;  // alpha above it

[[noreturn]] void refuse(const char* field, const std::string& expected) {
  throw Problem(422, concat(field, ": expected ", expected), field);
}

void refuse_others(const A1111Fields& fields) {
  if (fields.subseed_strength != 0) refuse("subseed_strength", "0: seeds are not mixed here");
  if (fields.seed_resize_from_w > 0) refuse("seed_resize_from_w", "0: noise is not resized here");
  if (fields.seed_resize_from_h > 0) refuse("seed_resize_from_h", "0: noise is not resized here");
  if (fields.resize_mode != 0 && fields.resize_mode != 1 && fields.resize_mode != 3) {
    refuse("resize_mode", concat("0 or 1, got ", fields.resize_mode));
  }
  if (fields.restore_faces) refuse("restore_faces", "false: no such thing is done here");
  if (fields.tiling) refuse("tiling", "false: no such thing is drawn here");
  if (!fields.script_name.value_or("").empty()) refuse("script_name", "none: there are no scripts");
  if (fields.init_images.size() > 1) refuse("init_images", "one picture, got more");
}

template <class Value>
void fill(std::optional<Value>& field, const Json& known) {
  if (field || !known.is_number()) return;
  constexpr bool is_whole = std::is_integral_v<Value>;
  if (is_whole && !known.is_number_integer()) return;  // larger than any, say
  field = known.get<Value>();
}

/// What the request leaves open, from a `parameters` text.
A1111Fields with_infotext(A1111Fields fields) {
  if (!fields.infotext) return fields;
  const auto known = recipes::recipe_of_parameters(*fields.infotext);
  if (fields.prompt.empty()) fields.prompt = known.prompt;
  if (fields.negative_prompt.empty()) fields.negative_prompt = known.negative;
  fill(fields.seed, known.seed), fill(fields.steps, known.steps);
  fill(fields.cfg_scale, known.guidance);
  fill(fields.width, known.width), fill(fields.height, known.height);
  if (!fields.sampler_name && known.sampler.is_string()) fields.sampler_name = known.sampler;
  return fields;
}

void set_sampler(Wish& wish, const A1111Fields& fields) {
  const auto name = fields.sampler_name ? fields.sampler_name : fields.sampler_index;
  if (!name || name->empty()) return;
  wish.sampler = recipes::a1111_sampler(*name, fields.scheduler.value_or(""));
  if (wish.sampler || recipes::is_only_a1111s(*name)) return;  // the model's own then
  throw Problem(404, concat("Sampler not found: ", *name), "sampler_name");
}

void set_extent_of(Wish& wish, const A1111Fields& fields) {
  if (!fields.width && !fields.height) return;
  const auto width = fields.width.value_or(fields.height.value_or(0));
  const auto height = fields.height.value_or(width);
  check_between(width, 1, kLargestSide, "width");
  check_between(height, 1, kLargestSide, "height");
  set_extent(wish, {.width = width, .height = height});
  if (!fields.enable_hr) return;
  check_between(fields.hr_scale, 1.0, 8.0, "hr_scale");
  const double by_width = double(fields.hr_resize_x) / double(width);
  const double by_height = double(fields.hr_resize_y) / double(height);
  const double enlarged = std::max(by_width, by_height);
  *wish.side *= enlarged > 0 ? enlarged : fields.hr_scale;
}

/// Upstream takes masks of any size.
Source mask_of(const A1111Fields& fields, const Image& image) {
  const auto is_chosen = [](std::uint8_t alpha) { return alpha > kChosenFrom; };
  auto mask = mask_by_alpha(picture_of(*fields.mask, "mask", Transparency::kept), is_chosen);
  if (fields.inpainting_mask_invert != 0) {
    for (auto& level : mask.image.rgb) level = std::uint8_t(255 - level);
  }
  return resized(std::move(mask), {.width = image.width, .height = image.height});
}

}  // namespace

const WishNames kA1111Names{.model = "sd_model_checkpoint",
                            .negative = "negative_prompt",
                            .count = "batch_size",
                            .guidance = "cfg_scale",
                            .size = "width",
                            .image = "init_images",
                            .strength = "denoising_strength",
                            .loras = "prompt",
                            .edges_from = "module canny",
                            .regions = "prompt",
                            .control = "alwayson_scripts"};

Wish wish_of(const A1111Fields& asked) {
  refuse_others(asked);
  const auto fields = with_infotext(asked);
  check_between(fields.batch_size, 1, 10'000, "batch_size");
  check_between(fields.n_iter, 1, 10'000, "n_iter");
  Wish wish{.model = fields.override_settings.sd_model_checkpoint.value_or(""),
            .prompt = fields.prompt,
            .negative = fields.negative_prompt,
            .count = fields.batch_size * fields.n_iter,
            .seed = fields.seed,
            .steps = fields.steps,
            .guidance = fields.cfg_scale};
  wish.prompt_syntax = PromptSyntax::a1111;
  wish.styles = fields.styles;
  wish.loras = take_lora_tags(wish.prompt);
  wish.control = control_of(fields.alwayson_scripts);
  set_sampler(wish, fields);
  set_extent_of(wish, fields);
  if (fields.init_images.empty()) return wish;
  wish.task = Task::edit;
  wish.image = picture_of(fields.init_images.front(), kA1111Names.image);
  wish.strength = fields.denoising_strength.value_or(kUsualStrength);
  if (fields.mask) wish.mask = mask_of(fields, wish.image->image);
  if (!fields.width || !fields.height) return wish;
  const auto shaped = fields.resize_mode == 1 ? cut : stretched;
  for (auto* source : {&wish.image, &wish.mask}) {
    if (!*source) continue;
    **source = shaped(std::move(**source), {.width = *fields.width, .height = *fields.height});
  }
  return wish;
}

}  // namespace imagine::serve
