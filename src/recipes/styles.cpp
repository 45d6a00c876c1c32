#include "imagine/styles.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/check.h"
#include "core/names.h"

namespace imagine {
namespace {

constexpr std::string_view kPlace = "{prompt}";

constexpr auto kStyles = std::to_array<NamedStyle>({
    {"photo", "a photo of {prompt}", ""},
    {"render", "a 3d render of {prompt}", ""},
    {"drawing", "a drawing of {prompt}", ""},
    {"emoji", "an emoji of {prompt}", ""},
    {"film-photo", "{prompt}, 35 mm film photograph, natural light, fine grain", "drawing, render"},
    {"studio-photo", "{prompt}, studio photograph on a plain ground, soft light", "clutter"},
    {"watercolour", "a watercolour painting of {prompt}, wet edges, white paper", "photo"},
    {"oil-painting", "an oil painting of {prompt}, visible brush strokes", "photo"},
    {"pencil", "a pencil drawing of {prompt}, fine lines on white paper", "colour, photo"},
    {"line-art", "line art of {prompt}, black lines on white", "colour, shading, photo"},
    {"pixel-art", "pixel art of {prompt}, few colours, large pixels", "blur, photo"},
    {"low-poly", "a low poly 3d render of {prompt}, flat facets", "photo, texture"},
});

}  // namespace

std::span<const NamedStyle> named_styles() { return kStyles; }

void apply_style(Request& request, const std::string& name) {
  const auto found =
      std::ranges::find_if(kStyles, [&](const auto& style) { return style.name == name; });
  if (found == kStyles.end()) {
    std::vector<std::string> names;
    for (const auto& style : kStyles) names.emplace_back(style.name);
    throw InputError(concat("style: ", expected_names(name, names)));
  }
  std::string prompt = found->prompt;
  prompt.replace(prompt.find(kPlace), kPlace.size(), request.prompt);
  request.prompt = std::move(prompt);
  const std::string negative = found->negative;
  if (negative.empty()) return;
  request.negative += request.negative.empty() ? negative : ", " + negative;
}

}  // namespace imagine
