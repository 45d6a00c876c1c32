#include "train/cutting.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <torch/utils.h>

namespace imagine::train {
namespace {

/// A picture whose pixels are the means of blocks of `factor` by `factor`; what is left over at the
/// right and below is dropped.
Image averaged(const Image& image, int factor) {
  Image small{.width = image.width / factor, .height = image.height / factor, .rgb = {}};
  small.rgb.reserve(std::size_t(small.width) * std::size_t(small.height) * 3);
  std::vector<unsigned> sums(std::size_t(small.width) * 3);
  const auto count = unsigned(factor * factor);
  for (int y = 0; y < small.height; ++y) {
    std::ranges::fill(sums, 0U);
    for (int row = y * factor; row < (y + 1) * factor; ++row) {
      const auto* pixel = image.at(0, row);
      for (int x = 0; x < small.width * factor; ++x, pixel += 3) {
        auto* sum = &sums[std::size_t(x / factor) * 3];
        sum[0] += pixel[0], sum[1] += pixel[1], sum[2] += pixel[2];
      }
    }
    for (const auto sum : sums) small.rgb.push_back(std::uint8_t((sum + count / 2) / count));
  }
  return small;
}

}  // namespace

data::Box largest_box(const Image& image, Extent extent, double along) {
  const double scale = std::min(double(image.width) / double(extent.width),
                                double(image.height) / double(extent.height));
  const int width = std::clamp(int(std::lround(scale * double(extent.width))), 1, image.width);
  const int height = std::clamp(int(std::lround(scale * double(extent.height))), 1, image.height);
  return {.x = int(std::lround(along * (image.width - width))),
          .y = int(std::lround(along * (image.height - height))),
          .width = width,
          .height = height};
}

Tensor cut_off(const Image& image, const data::Box& box) {
  const double width = box.width, height = box.height;
  return torch::tensor({box.x / width, box.y / height, (image.width - box.x - box.width) / width,
                        (image.height - box.y - box.height) / height},
                       torch::kFloat);
}

Image cut_out(const Image& image, const data::Box& box) {
  Image cut{.width = box.width, .height = box.height, .rgb = {}};
  cut.rgb.reserve(std::size_t(box.width) * std::size_t(box.height) * 3);
  for (int y = box.y; y < box.y + box.height; ++y) {
    const auto* row = image.at(box.x, y);
    cut.rgb.insert(cut.rgb.end(), row, row + box.width * 3);
  }
  return cut;
}

Image shrunk(const Image& image, Extent extent) {
  if (image.width == extent.width && image.height == extent.height) return image;
  const int factor = image.width / (4 * int(extent.width));
  const auto near = factor > 1 ? averaged(image, factor) : image;
  return data::to_image(
      data::resize(data::to_picture(near), int(extent.width), int(extent.height)));
}

}  // namespace imagine::train
