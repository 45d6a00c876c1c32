/// The few colours that a picture is mostly made of.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "imagine/image.h"

namespace imagine::io {

/// CIE 1976 L*a*b* under D65: lightness 0 .. 100, green to red, blue to yellow.
using Lab = std::array<double, 3>;

/// Of an sRGB colour (IEC 61966-2-1).
Lab lab_of(const std::array<std::uint8_t, 3>& rgb);
/// The nearest sRGB colour.
std::array<std::uint8_t, 3> rgb_of(const Lab& lab);

/// How different two colours look: CIEDE2000 (Sharma, Wu and Dalal 2005). 1 is just seen.
double difference_of(const Lab& one, const Lab& other);

struct Swatch {
  Lab colour = {};
  double share = 0;  ///< of the picture, 0 .. 1

  bool operator==(const Swatch&) const = default;
};

/// At most `count` colours, the largest share first: k-means in Lab over at most 4,096 pixels
/// spread evenly, begun at the darkest and then always at what lies farthest from all before. The
/// same picture gives the same colours.
std::vector<Swatch> palette_of(const Image& image, int count);

/// How a picture's colours are moved to a palette's.
struct PaletteMove {
  std::vector<Swatch> palette = {};
  bool shares_told = true;  ///< else each colour takes what lies near it, about as much of each
  double variety = 0.6;     ///< what is left of the differences within what takes a colour
};

/// Its pixels in the palette's colours, each as near as may be to what it was while the colours
/// get their shares: optimal transport in Lab, made smooth (Cuturi 2013, "Sinkhorn Distances").
Image moved_to(const Image& image, const PaletteMove& move);

}  // namespace imagine::io
