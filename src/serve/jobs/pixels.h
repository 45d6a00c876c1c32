/// How large pictures become.
#pragma once

#include <algorithm>
#include <cstdint>

#include "imagine/model.h"
#include "imagine/request.h"

namespace imagine::serve {

/// About how many pixels a picture of the request has in the end.
inline std::int64_t pixels_of(const Model& model, const Request& request) {
  const auto& info = model.info();
  const std::int64_t side = request.size > 0 ? request.size : info.default_size;
  if (request.task == Task::generate || !request.image) return side * side;
  const auto& image = request.image->image;
  const auto own = std::int64_t(image.width) * image.height;
  return request.task == Task::edit ? own : std::max(own, side * side);
}

}  // namespace imagine::serve
