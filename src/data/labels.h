/// Whose each pixel of a training picture is, and how near: what control is trained on.
#pragma once

#include <cstdint>
#include <vector>

#include "imagine/image.h"

namespace imagine::data {

/// Of a square picture, row after row from the top.
struct Labels {
  int side = 0;
  std::vector<std::uint8_t> things;    ///< 0: none; k: the k-th body or object of the facts
  std::vector<std::uint8_t> nearness;  ///< 1 / distance, 255 the nearest; empty: not known
};

/// Red the things, green the nearness; blue is 255 where that is known, else 0.
Image image_of(const Labels& labels);
/// The reverse.
Labels labels_of(const Image& image);

}  // namespace imagine::data
