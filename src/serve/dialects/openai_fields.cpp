#include "serve/dialects/openai_fields.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "core/check.h"
#include "serve/dialects/mask.h"

namespace imagine::serve {
namespace {

/// Refuses a value that asks for what is not drawn here.
void only(const char* name, const std::string& value,
          std::initializer_list<std::string_view> fine) {
  if (value.empty() || std::ranges::find(fine, value) != fine.end()) return;
  std::string list;
  for (const auto known : fine) list += concat(list.empty() ? "" : ", ", known);
  throw Problem(400, concat(name, ": expected one of ", list, ", got \"", value, '"'), name);
}

/// Whether the base is asked for, as `imagine generate --full` does.
bool is_full(const std::string& quality) {
  constexpr std::array<std::string_view, 4> kFull = {"high", "hd", "xhigh", "max"};
  return std::ranges::find(kFull, quality) != kFull.end();
}

void refuse_others(const OpenaiFields& fields) {
  only("background", fields.background, {"auto", "opaque"});
  only("response_format", fields.response_format, {"b64_json", "url", "file"});
  only("quality", fields.quality,
       {"auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"});
  only("moderation", fields.moderation, {"auto", "low"});
  only("style", fields.style, {"vivid", "natural"});
  only("input_fidelity", fields.input_fidelity, {"low", "high"});
  const std::initializer_list<std::pair<const char*, const Json*>> nothing_of = {
      {"complexity", &fields.complexity},
      {"frame_count", &fields.frame_count},
      {"frame_duration_ms", &fields.frame_duration_ms},
      {"svg", &fields.svg},
      {"markup", &fields.markup}};
  for (const auto& [name, value] : nothing_of) {
    if (value->is_null()) continue;
    throw Problem(400, concat(name, ": expected none: no such thing is drawn here"), name);
  }
}

/// Of a mask whose transparent pixels are drawn anew.
Source mask_of(const SentPicture& sent) {
  auto mask = picture_of(sent, "mask", Transparency::kept);
  if (mask.alpha.empty()) {
    throw Problem(400, "mask: expected a picture with transparent pixels, got one without", "mask");
  }
  if (std::ranges::find(mask.alpha, 0) == mask.alpha.end()) {
    throw Problem(
        400, "mask: expected wholly transparent pixels where the picture is drawn anew, got none",
        "mask");
  }
  return mask_by_alpha(std::move(mask), [](std::uint8_t alpha) { return alpha == 0; });
}

/// The scale by whichever of its names it was given.
std::optional<double> guidance_of(const OpenaiFields& fields) {
  if (fields.guidance_scale) return fields.guidance_scale;
  return fields.cfg_scale ? fields.cfg_scale : fields.true_cfg_scale;
}

}  // namespace

OpenaiEcho echo_of(const OpenaiFields& fields) {
  return {.quality = fields.quality,
          .safety_identifier = fields.safety_identifier,
          .partial_images = int(fields.partial_images)};
}

WishNames names_of(const OpenaiFields& fields) {
  WishNames names;
  names.negative = "negative_prompt";
  if (!fields.steps && fields.num_inference_steps) names.steps = "num_inference_steps";
  if (!fields.guidance_scale) {
    if (fields.cfg_scale) names.guidance = "cfg_scale";
    if (!fields.cfg_scale && fields.true_cfg_scale) names.guidance = "true_cfg_scale";
  }
  return names;
}

Wish wish_of(const OpenaiFields& fields) {
  refuse_others(fields);
  Wish wish{.model = fields.model.value_or(""),
            .prompt = fields.prompt,
            .negative = fields.negative_prompt,
            .count = fields.n,
            .seed = fields.seed,
            .steps = fields.steps ? fields.steps : fields.num_inference_steps,
            .guidance = guidance_of(fields),
            .strength = fields.strength,
            .full = is_full(fields.quality),
            .format = fields.output_format,
            .quality = fields.output_compression};
  if (fields.sampler) {
    wish.sampler = value_named<SamplerName>(*fields.sampler);
    if (!wish.sampler) {
      throw Problem(400, "sampler: " + expected_names<SamplerName>(*fields.sampler), "sampler");
    }
  }
  if (!fields.size.empty() && fields.size != "auto") {
    const auto extent = extent_in(fields.size);
    if (!extent) {
      throw Problem(400, concat("size: expected WIDTHxHEIGHT, got \"", fields.size, '"'), "size");
    }
    set_extent(wish, *extent);
  }
  for (const auto& lora : fields.lora) {
    const auto& name = !lora.name.empty() ? lora.name : !lora.id.empty() ? lora.id : lora.path;
    wish.loras.push_back({.file = name, .weight = lora.scale.value_or(lora.weight.value_or(1))});
  }
  if (fields.image.size() > 1) {
    throw Problem(400, concat("image: expected one picture to edit, got ", fields.image.size()),
                  "image");
  }
  if (!fields.image.empty()) wish.image = picture_of(fields.image.front(), "image");
  if (fields.mask) wish.mask = mask_of(*fields.mask);
  return wish;
}

}  // namespace imagine::serve
