#include "evaluate/boxes.h"

#include <algorithm>

namespace imagine::evaluate {
namespace {

/// How long a stretch two others share.
double shared(double begin, double length, double other_begin, double other_length) {
  const double from = std::max(begin, other_begin);
  return std::max(0.0, std::min(begin + length, other_begin + other_length) - from);
}

/// The box of a pixel at (x, y) and another box.
Box joined(const std::optional<Box>& box, double x, double y, double pixel) {
  if (!box) return {.x = x, .y = y, .width = pixel, .height = pixel};
  const double left = std::min(box->x, x), top = std::min(box->y, y);
  return {.x = left,
          .y = top,
          .width = std::max(box->x + box->width, x + pixel) - left,
          .height = std::max(box->y + box->height, y + pixel) - top};
}

}  // namespace

bool holds(const Box& box, const Point2& point) {
  return point.x >= box.x && point.x < box.x + box.width && point.y >= box.y &&
         point.y < box.y + box.height;
}

double overlap_of(const Box& one, const Box& other) {
  const double both = shared(one.x, one.width, other.x, other.width) *
                      shared(one.y, one.height, other.y, other.height);
  const double either = one.width * one.height + other.width * other.height - both;
  return either > 0 ? both / either : 0;
}

std::vector<std::optional<Box>> seen_boxes(const data::Labels& labels, std::size_t count) {
  std::vector<std::optional<Box>> boxes(count);
  const double pixel = 1.0 / labels.side;
  for (std::size_t i = 0; i < labels.things.size(); ++i) {
    const std::size_t thing = labels.things[i];
    if (thing == 0 || thing > count) continue;
    const auto side = std::size_t(labels.side);
    auto& box = boxes[thing - 1];
    box = joined(box, double(i % side) * pixel, double(i / side) * pixel, pixel);
  }
  return boxes;
}

}  // namespace imagine::evaluate
