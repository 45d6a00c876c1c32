/// What a picture follows beside its words: things in boxes, lines, depth, silhouettes, colours,
/// and the look of another picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imagine/prompt.h"
#include "imagine/source.h"

namespace imagine {

/// A thing that is to stand in a box.
struct LayoutThing {
  Box box = {};
  std::string phrase = {};  ///< "a red cube": it alone, without what is around it

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("box", self.box, "x, y, width and height in parts of the picture");
    field("phrase", self.phrase, "what stands there");
  }

  bool operator==(const LayoutThing&) const = default;
};

struct PaletteColour {
  std::string colour = {};           ///< "#a0522d"
  std::optional<double> share = {};  ///< of the picture, above 0 .. 1; nothing: left open

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("colour", self.colour, "#rrggbb of sRGB");
    field("share", self.share, "which part of the picture has it");
  }

  bool operator==(const PaletteColour&) const = default;
};

/// Each kind may be left out. Pictures are fitted to the drawn one's shape: what lies beyond is cut
/// off on both sides.
struct Control {
  std::vector<LayoutThing> layout = {};     ///< at most 6
  std::optional<Source> sketch = {};        ///< drawn lines, dark on light or light on dark
  std::optional<Source> edges = {};         ///< fine lines alike, as a program finds them
  std::optional<Source> edges_from = {};    ///< a picture whose edges are found and followed
  std::optional<Source> depth = {};         ///< grey, the nearest white
  std::optional<Source> silhouette = {};    ///< white where things are, black elsewhere
  std::vector<PaletteColour> palette = {};  ///< at most 6
  std::optional<Source> palette_from = {};  ///< a picture that they are taken from
  double strength = 1;                      ///< 0 .. 2: how far all of it pulls
  double until = 1;                         ///< above 0 .. 1: for which part of the steps

  /// Whether it says where or how something stands: what needs a model with a control adapter.
  bool has_shapes() const {
    return !layout.empty() || sketch || edges || edges_from || depth || silhouette;
  }
  /// Whether it names colours, which any model draws in.
  bool has_colours() const { return !palette.empty() || palette_from; }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("layout", self.layout, "things and the boxes that they stand in, at most 6");
    field("sketch", self.sketch, "drawn lines, dark on light or light on dark");
    field("edges", self.edges, "fine lines alike, as a program finds them");
    field("edges_from", self.edges_from, "a picture whose edges are found and followed");
    field("depth", self.depth, "a grey picture, the nearest white");
    field("silhouette", self.silhouette, "white where things are, black elsewhere");
    field("palette", self.palette, "colours that the picture is made of, at most 6");
    field("palette_from", self.palette_from, "a picture that they are taken from");
    field("strength", self.strength, "how far all of it pulls, 0 to 2");
    field("until", self.until,
          "for which part of the first stage's steps it counts, more than 0, at most 1");
  }
};

/// The look of another picture, whatever that shows: its places are found too where the picture's
/// own are looked for (Hertz et al. 2024, "StyleAligned").
struct Style {
  Source picture = {};
  double weight = 0.5;  ///< above 0 .. 2: how far it is found, 1 as the picture's own places are
  double until = 1;     ///< above 0 .. 1: for which part of the steps

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("picture", self.picture, "whose look is taken on");
    field("weight", self.weight, "how far, more than 0, at most 2");
    field("until", self.until, "for which part of the first stage's steps, more than 0, at most 1");
  }
};

}  // namespace imagine
