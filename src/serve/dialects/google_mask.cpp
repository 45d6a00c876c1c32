#include "serve/dialects/google_mask.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace imagine::serve {
namespace {

constexpr int kDarkest = 8;  // below it black: a JPEG of black has some noise

/// One row or column: whether something is chosen within `reach` of each.
void grow_line(std::uint8_t* line, int length, std::ptrdiff_t stride, int reach) {
  std::vector<std::uint8_t> grown(std::size_t(length), 0);
  for (int i = 0, last = -reach - 1; i < length + reach; ++i) {
    if (i < length && line[i * stride] != 0) last = i;
    const int at = i - reach;  // whatever reaches it has been seen
    if (at >= 0 && last >= at - reach) grown[std::size_t(at)] = 255;
  }
  for (int i = 0; i < length; ++i) line[i * stride] = grown[std::size_t(i)];
}

}  // namespace

Source grown_mask(Source mask, double dilation) {
  auto& image = mask.image;
  const int width = image.width, height = image.height;
  std::vector<std::uint8_t> chosen;
  chosen.reserve(std::size_t(width) * std::size_t(height));
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const int brightest = std::max({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]});
    chosen.push_back(brightest >= kDarkest ? 255 : 0);
  }
  const int reach = int(std::lround(dilation * width));
  if (reach > 0) {
    for (int y = 0; y < height; ++y)
      grow_line(&chosen[std::size_t(y) * std::size_t(width)], width, 1, reach);
    for (int x = 0; x < width; ++x) grow_line(&chosen[std::size_t(x)], height, width, reach);
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) std::fill_n(&image.rgb[3 * i], 3, chosen[i]);
  return mask;
}

}  // namespace imagine::serve
