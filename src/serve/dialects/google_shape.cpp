#include "serve/dialects/google_shape.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/check.h"

namespace imagine::serve {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 4> kSizes = {
    {{"512", 512}, {"1K", 1024}, {"2K", 2048}, {"4K", 4096}}};

int side_of(const GoogleShape& shape) {
  for (const auto& [name, side] : kSizes) {
    if (shape.size == name) return side;
  }
  throw Problem(400,
                concat(shape.size_name, ": expected 512, 1K, 2K or 4K, got \"", shape.size, '"'),
                shape.size_name);
}

}  // namespace

void set_shape(Wish& wish, const GoogleShape& shape) {
  if (!shape.size.empty()) wish.side = side_of(shape);
  if (shape.aspect.empty()) return;
  const auto ratio = parse_ratio(shape.aspect);
  if (!ratio) {
    throw Problem(400,
                  concat(shape.aspect_name, ": ", kRatioExpected, ", got \"", shape.aspect, '"'),
                  shape.aspect_name);
  }
  if (*ratio != 1) wish.aspect = shape.aspect;
}

std::string format_of_type(const std::string& type, const char* field) {
  if (type.empty()) return "png";
  for (const std::string format : {"png", "jpeg", "webp"}) {
    if (type == type_of_format(format)) return format;
  }
  throw Problem(400,
                concat(field, ": expected image/png, image/jpeg or image/webp, got \"", type, '"'),
                field);
}

}  // namespace imagine::serve
