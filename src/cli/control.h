/// Options that say what a picture follows beside its words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imagine/request.h"

namespace CLI {
class App;
}

namespace imagine::cli {

/// "x,y,width,height: phrase". InputError for anything else.
LayoutThing thing_of(const std::string& text);

/// "#a0522d,#87ceeb", each with its share of the picture behind a colon, or not: "#a0522d:0.4".
std::vector<PaletteColour> palette_of(const std::string& text);

/// Files are their names here.
struct ControlOptions {
  std::vector<std::string> things = {};
  std::string layout = {}, sketch = {}, edges = {}, edges_from = {}, depth = {}, silhouette = {};
  std::string palette = {}, palette_from = {};
  std::optional<double> strength = {}, until = {};
  std::string style_from = {};
  bool same_style = false;  ///< of a set: the first picture's look is that of all
  std::optional<double> style_weight = {}, style_until = {};
};

/// --thing, --layout, --sketch, --edges, --edges-from, --depth, --silhouette, --palette,
/// --palette-from, --control-strength, --control-until; --style-from, --style-weight,
/// --style-until.
void add_control_options(CLI::App& command, ControlOptions& options);

/// A look's weight and steps, without its picture.
Style style_of(const ControlOptions& options);

/// Reads the files and puts all into the request; nothing where nothing is given. InputError,
/// FormatError or ConfigError naming the option or the file.
void set_control(Request& request, const ControlOptions& options);

}  // namespace imagine::cli
