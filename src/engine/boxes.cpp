#include "engine/boxes.h"

#include <algorithm>

#include "core/check.h"

namespace imagine::engine {
namespace {

constexpr double kRounding = 1e-6;  // of a picture's side

}  // namespace

void check_box(const Box& box, const std::string& name, const models::StageSpec& first) {
  const auto& [x, y, width, height] = box;
  const bool inside = x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 1 + kRounding &&
                      y + height <= 1 + kRounding;
  check<InputError>(inside, name, "box: expected x, y, width and height in parts of the picture, ",
                    "inside it and not empty, got ", x, ",", y, ",", width, ",", height);
  const double least = double(std::max<std::int64_t>(1, first.place())) / first.size();
  check<InputError>(std::min(width, height) >= least - kRounding, name,
                    "box: expected sides of at least ", least, " of the picture's, which this ",
                    "model tells apart, got ", width, " and ", height);
}

}  // namespace imagine::engine
