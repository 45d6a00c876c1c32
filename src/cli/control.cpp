#include "cli/control.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "cli/boxed_words.h"
#include "cli/options.h"
#include "core/number.h"
#include "core/place.h"
#include "core/request_json.h"
#include "core/trimmed.h"
#include "imagine/image_file.h"
#include "io/control_picture.h"
#include "io/json_file.h"

namespace imagine::cli {
namespace {

constexpr const char* kGroup = "Control";

/// What a layout's file holds.
struct LayoutFile {
  std::vector<LayoutThing> layout = {};
  std::vector<PaletteColour> palette = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("layout", self.layout, "things and the boxes that they stand in");
    field("palette", self.palette, "colours that the picture is made of");
  }
};

LayoutFile layout_in(const std::string& file) {
  const auto json = io::read_json(file);
  auto read = at_place<FormatError>("", [&] {
    return from_json<LayoutFile>(json.is_array() ? Json{{"layout", json}} : json, file);
  });
  check<InputError>(!read.layout.empty() || !read.palette.empty(), file,
                    ": expected a thing in its box, or a colour, got none");
  return read;
}

/// The control's pictures; none where no file is named.
void read_pictures(Control& control, const ControlOptions& options) {
  const auto read = [&](std::optional<Source>& picture, const std::string& file) {
    if (!file.empty()) picture = load_image(file, io::transparency_of(control, picture));
  };
  read(control.sketch, options.sketch), read(control.edges, options.edges);
  read(control.edges_from, options.edges_from), read(control.depth, options.depth);
  read(control.silhouette, options.silhouette), read(control.palette_from, options.palette_from);
}

}  // namespace

LayoutThing thing_of(const std::string& text) {
  auto [box, words] = boxed_words(text, "--thing");
  check<InputError>(box.has_value(), "--thing: expected a box, got \"", text, '"');
  return {.box = *box, .phrase = std::move(words)};
}

std::vector<PaletteColour> palette_of(const std::string& text) {
  std::vector<PaletteColour> palette;
  std::istringstream rest(text);
  for (std::string part; std::getline(rest, part, ',');) {
    const auto colon = std::min(part.find(':'), part.size());
    PaletteColour colour{.colour = std::string(trimmed(std::string_view(part).substr(0, colon)))};
    if (colon < part.size()) {
      colour.share = real_number(trimmed(std::string_view(part).substr(colon + 1)));
      check<InputError>(colour.share.has_value(), "--palette: expected #rrggbb or #rrggbb:share, ",
                        "got \"", part, '"');
    }
    palette.push_back(std::move(colour));
  }
  return palette;
}

void add_control_options(CLI::App& command, ControlOptions& options) {
  command
      .add_option("--thing", options.things,
                  "a thing and the box that it stands in, in parts of the picture: "
                  "\"0.1,0.3,0.4,0.5: a red cube\"; may be given again")
      ->type_name("X,Y,W,H: PHRASE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->group(kGroup);
  const auto add_file = [&](const char* name, std::string& file, const char* help) {
    command.add_option(name, file, help)->type_name("FILE")->check(something())->group(kGroup);
  };
  add_file("--layout", options.layout,
           "the same of several from a JSON file: [{\"box\": [0.1, 0.3, 0.4, 0.5], \"phrase\": "
           "\"a red cube\"}]");
  add_file("--sketch", options.sketch, "lines drawn by hand, dark on light or light on dark");
  add_file("--edges", options.edges, "fine lines alike, as a program finds them");
  add_file("--edges-from", options.edges_from, "a picture whose edges are found and followed");
  add_file("--depth", options.depth, "a grey picture, the nearest white");
  add_file("--silhouette", options.silhouette, "white where things are, black elsewhere");
  command
      .add_option("--palette", options.palette,
                  "colours that the picture is made of, each with its share or without: "
                  "\"#a0522d:0.4,#87ceeb\"")
      ->type_name("COLOURS")
      ->check(something())
      ->group(kGroup);
  add_file("--palette-from", options.palette_from, "a picture that they are taken from");
  command
      .add_option("--control-strength", options.strength, "how far all of this pulls (default: 1)")
      ->check(between(0.0, 2.0))
      ->group(kGroup);
  command
      .add_option("--control-until", options.until,
                  "for which part of the first stage's steps it counts (default: 1)")
      ->check(above(0, 1))
      ->group(kGroup);
  add_file("--style-from", options.style_from,
           "a picture whose look is taken on, whatever it shows");
  command.add_option("--style-weight", options.style_weight, "how far (default: 0.5)")
      ->check(above(0, 2))
      ->group(kGroup);
  command
      .add_option("--style-until", options.style_until,
                  "for which part of the first stage's steps (default: 1)")
      ->check(above(0, 1))
      ->group(kGroup);
}

Style style_of(const ControlOptions& options) {
  Style style;
  style.weight = options.style_weight.value_or(style.weight);
  style.until = options.style_until.value_or(style.until);
  return style;
}

void set_control(Request& request, const ControlOptions& options) {
  const bool has_style = !options.style_from.empty() || options.same_style;
  check<InputError>(has_style || (!options.style_weight && !options.style_until),
                    options.style_weight ? "--style-weight" : "--style-until",
                    ": expected a look that it counts for, by --style-from, got none");
  if (!options.style_from.empty()) {
    request.style = style_of(options);
    request.style->picture = load_image(options.style_from);
  }
  Control control;
  read_pictures(control, options);
  if (!options.layout.empty()) {
    auto [layout, palette] = layout_in(options.layout);
    control.layout = std::move(layout), control.palette = std::move(palette);
  }
  for (const auto& text : options.things) control.layout.push_back(thing_of(text));
  if (!options.palette.empty()) {
    check<InputError>(control.palette.empty(), "--palette: expected none beside that of ",
                      options.layout);
    control.palette = palette_of(options.palette);
  }
  control.strength = options.strength.value_or(control.strength);
  control.until = options.until.value_or(control.until);
  const bool is_given = control.has_shapes() || control.has_colours();
  check<InputError>(is_given || (!options.strength && !options.until),
                    options.strength ? "--control-strength" : "--control-until",
                    ": expected something that it counts for, as --thing or ",
                    "--sketch, got nothing");
  if (is_given) request.control = std::move(control);
}

}  // namespace imagine::cli
