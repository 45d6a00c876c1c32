/// Cut-outs set on a background with soft shadows.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "data/cutout.h"
#include "data/labels.h"

namespace imagine::data {

/// A ray-traced ground to stand on; `name` is one of grounds() in grammar.h.
struct GroundPicture {
  std::string name;
  Image image;  ///< square
};

/// All lengths are parts of the picture's side, 0 .. 1.
struct Placed {
  const Cutout* cutout = nullptr;
  double x = 0.5;  ///< of the centre
  double y = 0.5;
  double side = 0.5;  ///< of the longer side
  bool flipped = false;

  double width() const;
  double height() const;
};

struct Composition {
  std::vector<Placed> things;                ///< later ones cover earlier ones
  std::array<float, 3> colour = {1, 1, 1};   ///< of the plain background, sRGB
  bool fades = false;                        ///< down to 85 % at the bottom
  const GroundPicture* ground = nullptr;     ///< instead of the plain background
  std::array<double, 3> window = {0, 0, 1};  ///< the square of the ground seen: left, top, side
  bool ground_flipped = false;
};

/// size x size pixels. Small pictures are drawn at twice the size and shrunk.
Image draw(const Composition& composition, int size);

/// Which of the things is seen at each pixel of such a picture.
Labels labels_of(const Composition& composition, int size);

}  // namespace imagine::data
