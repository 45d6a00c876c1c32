/// A thing without its background, and what it is called.
#pragma once

#include <string>
#include <vector>

#include "data/resample.h"

namespace imagine::data {

/// How a thing is depicted; part of every exact caption.
enum class Style { photo, render, flat, emoji, drawing };

/// "photo", "render", "flat", "emoji", "drawing": the names in facts and held-out rules.
std::string name_of(Style style);
inline constexpr Style kStyles[] = {Style::photo, Style::render, Style::flat, Style::emoji,
                                    Style::drawing};

/// A thing's name in one language; empty where there is none.
struct Name {
  std::string bare;    ///< "red apple", "mela rossa"
  std::string phrase;  ///< "a red apple", "una mela rossa"; the same as bare for "jeans", "soap"
};

struct Cutout {
  io::RgbaImage picture{};  ///< trimmed to what is visible
  Style style = Style::photo;
  Name english{};
  Name italian{};
  std::string category{};   ///< "animal-mammal", "food", ...
  std::string identity{};   ///< English bare name in lower case: shared by the sets that show it
  bool may_flip = false;    ///< nothing written on it, no direction in its name
  bool composable = false;  ///< goes into pictures of two and three things
  std::string svg{};        ///< the drawing itself, where it can be drawn at any size

  int longest_side() const { return std::max(picture.width, picture.height); }
};

/// Cuts away the border whose alpha is at most 8 of 255; empty where nothing is visible.
io::RgbaImage trimmed(const io::RgbaImage& image);

/// At most `longest` pixels on the longer side.
io::RgbaImage limited(const io::RgbaImage& image, int longest);

/// Whether most of the cut-out can be told from a background of this colour (0 .. 1 sRGB).
bool stands_out(const Cutout& cutout, const std::array<float, 3>& background);

}  // namespace imagine::data
