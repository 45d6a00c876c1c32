/// What a network is told of a picture beside its text, as tensors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/palette.h"
#include "models/control_planes.h"

namespace imagine::models {

inline constexpr int64_t kMostThings = 6;     // in boxes of their own
inline constexpr int64_t kMostColours = 6;    // of a palette
inline constexpr int64_t kColourNumbers = 5;  // of each

/// What is not told is zero. R things, K colours, P planes; places are squares of pixels.
struct ControlInput {
  Tensor phrases;       // [B, R, D]     the mean of the states of each thing's words
  Tensor boxes;         // [B, R, 4]     left, top, right and bottom in parts of the picture
  Tensor coverage;      // [B, R, h, w]  which part of a place is the thing's; 0: no thing
  Tensor planes;        // [B, P, H, W]  each 0 .. 1
  Tensor told;          // [B, P]        1: of the planes those that are to be followed
  Tensor palette;       // [B, K, 5]     palette_rows()
  double strength = 1;  // of what the network makes of it all

  /// Without a copy.
  ControlInput rows(int64_t begin, int64_t count) const;
  ControlInput to(torch::Device device) const;
};

/// What is drawn: its extent, and the side of its places, in pixels.
struct PlacedExtent {
  Extent extent;
  int64_t place;
};

/// Nothing told of `count` pictures.
ControlInput nothing_told(int64_t count, const PlacedExtent& picture, int64_t text_width);

/// `control` of one picture; phrases [R, D], one of each thing of its layout. InputError as
/// planes_of() says.
ControlInput control_input(const Control& control, const Tensor& phrases,
                           const PlacedExtent& picture);

/// "#a0522d", or "#fa0" for "#ffaa00"; nothing where it is none.
std::optional<std::array<std::uint8_t, 3>> colour_in(std::string_view text);
/// The reverse.
std::string text_of_colour(const std::array<std::uint8_t, 3>& rgb);

/// The move to a palette's colours. InputError for a colour that is none.
io::PaletteMove palette_move(const std::vector<PaletteColour>& palette);

/// The palette of one picture as the network takes it: lightness, the other two of Lab and the
/// share of each, and 1; the first three in hundredths. Shares that are not told are 0. [K, 5]
Tensor palette_rows(const std::vector<io::Swatch>& palette, bool shares_told);

/// Which part of each square of a grid lies inside the boxes: [B, R, 4] -> [B, R, rows, columns].
Tensor coverage_of(const Tensor& boxes, Extent grid);

}  // namespace imagine::models
