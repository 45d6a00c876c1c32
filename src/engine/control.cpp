#include "engine/control.h"

#include <array>
#include <cmath>

#include "core/check.h"
#include "engine/boxes.h"
#include "io/control_picture.h"
#include "io/palette.h"
#include "models/control_input.h"

namespace imagine::engine {
namespace {

constexpr std::size_t kLongestPhrase = 4096;  // bytes

void check_numbers(const Control& control) {
  check<InputError>(control.strength >= 0 && control.strength <= 2,
                    "control.strength: expected 0 .. 2, got ", control.strength);
  check<InputError>(control.until > 0 && control.until <= 1,
                    "control.until: expected more than 0 and at most 1, got ", control.until);
}

void check_layout(const std::vector<LayoutThing>& layout, const models::StageSpec& first) {
  check<InputError>(std::ssize(layout) <= models::kMostThings, "control.layout: expected at most ",
                    models::kMostThings, " things, got ", layout.size());
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const auto name = concat("control.layout[", i, "].");
    const auto& phrase = layout[i].phrase;
    check<InputError>(phrase.find_first_not_of(" \t\r\n") != std::string::npos, name,
                      "phrase: expected what stands there, got nothing");
    check<InputError>(phrase.size() <= kLongestPhrase, name, "phrase: expected at most ",
                      kLongestPhrase, " bytes, got ", phrase.size());
    check<InputError>(phrase.find('\0') == phrase.npos, name,
                      "phrase: expected text, got a NUL in it");
    check_box(layout[i].box, name, first);
  }
}

void check_palette(const std::vector<PaletteColour>& palette) {
  check<InputError>(std::ssize(palette) <= models::kMostColours,
                    "control.palette: expected at most ", models::kMostColours, " colours, got ",
                    palette.size());
  double sum = 0;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const auto& [colour, share] = palette[i];
    sum += share.value_or(0);
    const auto name = concat("control.palette[", i, "].");
    check<InputError>(models::colour_in(colour).has_value(), name,
                      "colour: expected #rrggbb, got \"", colour, '"');
    check<InputError>(!share || (*share > 0 && *share <= 1), name,
                      "share: expected more than 0 and at most 1, got ", share.value_or(0));
  }
  constexpr double kRounding = 0.01;
  check<InputError>(sum <= 1 + kRounding, "control.palette: expected shares of 1 in all, got ",
                    sum);
}

/// What is to be seen of it, as one row.
Image visible_of(const Source& source) {
  if (source.alpha.empty()) return source.image;
  Image row{.width = 0, .height = 1, .rgb = {}};
  for (std::size_t i = 0; i < source.alpha.size(); ++i) {
    if (source.alpha[i] < io::kSeen) continue;
    const auto* pixel = &source.image.rgb[3 * i];
    row.rgb.insert(row.rgb.end(), pixel, pixel + 3);
    ++row.width;
  }
  return row;
}

std::vector<PaletteColour> palette_of(const Source& source) {
  check<InputError>(source.image.width > 0 && source.image.height > 0, source.name,
                    ": expected a picture, got none");
  const auto visible = visible_of(source);
  check<InputError>(visible.width > 0, source.name,
                    ": expected a picture that has colours, got one that is transparent");
  std::vector<PaletteColour> palette;
  constexpr double kDigits = 1000;  // of shares
  for (const auto& [colour, share] : io::palette_of(visible, int(models::kMostColours))) {
    const auto rounded = std::round(share * kDigits) / kDigits;
    if (rounded > 0) palette.push_back({models::text_of_colour(io::rgb_of(colour)), rounded});
  }
  return palette;
}

}  // namespace

void check_style(const Request& request, const models::StageSpec& first) {
  if (!request.style) return;
  const auto& [picture, weight, until] = *request.style;
  check<InputError>(request.task != Task::upscale, "style: expected none for an enlargement");
  check<InputError>(first.takes_style(), "style: expected none: this model has no way to take on ",
                    "another picture's look");
  check<InputError>(picture.image.width > 0 && picture.image.height > 0,
                    "style.picture: expected a picture, got none");
  check<InputError>(weight > 0 && weight <= 2,
                    "style.weight: expected more than 0 and at most 2, got ", weight);
  check<InputError>(until > 0 && until <= 1,
                    "style.until: expected more than 0 and at most 1, got ", until);
}

void settle_control(Request& request, const models::StageSpec& first) {
  if (!request.control) return;
  auto& control = *request.control;
  if (!control.has_shapes() && !control.has_colours()) {
    request.control.reset();
    return;
  }
  check<InputError>(request.task != Task::upscale, "control: expected none for an enlargement");
  const auto refusal = first.control_refusal();
  check<InputError>(refusal.empty() || !control.has_shapes(), "control: ", refusal);
  check_numbers(control);
  check_layout(control.layout, first);
  check<InputError>(control.palette.empty() || !control.palette_from,
                    "control.palette: expected none beside a picture that colours are taken from");
  if (control.palette_from) control.palette = palette_of(*control.palette_from);
  control.palette_from.reset();
  check_palette(control.palette);
  models::planes_of(control, {.width = first.size(), .height = first.size()});
}

}  // namespace imagine::engine
