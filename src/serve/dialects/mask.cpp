#include "serve/dialects/mask.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace imagine::serve {
namespace {

/// Below it black, where anything is brighter: a JPEG of black has some noise.
constexpr int kDarkest = 8;

/// One row or column: whether something is chosen within `reach` of each.
void grow_line(std::uint8_t* line, int length, std::ptrdiff_t stride, int reach) {
  reach = std::min(reach, length);
  std::vector<std::uint8_t> grown(std::size_t(length), 0);
  for (int i = 0, last = -reach - 1; i < length + reach; ++i) {
    if (i < length && line[i * stride] != 0) last = i;
    const int at = i - reach;  // whatever reaches it has been seen
    if (at >= 0 && last >= at - reach) grown[std::size_t(at)] = 255;
  }
  for (int i = 0; i < length; ++i) line[i * stride] = grown[std::size_t(i)];
}

}  // namespace

Source mask_by_alpha(Source mask, bool (*is_chosen)(std::uint8_t alpha)) {
  for (std::size_t i = 0; i < mask.alpha.size(); ++i) {
    std::fill_n(&mask.image.rgb[3 * i], 3, std::uint8_t(is_chosen(mask.alpha[i]) ? 255 : 0));
  }
  mask.alpha.clear();
  return mask;
}

Source grown_mask(Source mask, double dilation) {
  auto& image = mask.image;
  const int width = image.width, height = image.height;
  const bool is_dark = std::ranges::all_of(image.rgb, [](auto level) { return level < kDarkest; });
  const int least = is_dark ? 1 : kDarkest;
  std::vector<std::uint8_t> chosen;
  chosen.reserve(std::size_t(width) * std::size_t(height));
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const int brightest = std::max({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]});
    chosen.push_back(brightest >= least ? 255 : 0);
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
