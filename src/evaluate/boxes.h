/// Boxes within pictures.
#pragma once

#include <optional>
#include <vector>

#include "data/labels.h"
#include "imagine/prompt.h"

namespace imagine::evaluate {

struct Point2 {
  double x = 0, y = 0;
};

inline Point2 middle_of(const Box& box) {
  return {.x = box.x + box.width / 2, .y = box.y + box.height / 2};
}

bool holds(const Box& box, const Point2& point);

/// The area that both cover over the area that either covers: 0 .. 1.
double overlap_of(const Box& one, const Box& other);

/// Around what is seen of each of `count` things, in parts of the picture; nullopt where nothing
/// is.
std::vector<std::optional<Box>> seen_boxes(const data::Labels& labels, std::size_t count);

}  // namespace imagine::evaluate
