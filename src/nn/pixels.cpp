#include "nn/pixels.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::nn {

Tensor to_pixels(const std::vector<Image>& images) {
  check<InputError>(!images.empty(), "to_pixels: expected at least one picture");
  const int64_t width = images[0].width, height = images[0].height;
  auto bytes = torch::empty({int64_t(images.size()), height, width, 3}, torch::kByte);
  auto* to = bytes.mutable_data_ptr<std::uint8_t>();
  for (const auto& image : images) {
    check<InputError>(image.width == width && image.height == height,
                      "to_pixels: expected pictures of one size, got ", width, "x", height, " and ",
                      image.width, "x", image.height);
    to = std::ranges::copy(image.rgb, to).out;
  }
  return bytes.permute({0, 3, 1, 2}).to(torch::kFloat).mul_(1 / 127.5).sub_(1);
}

std::vector<Image> to_images(const Tensor& pixels) {
  const auto bytes = ((pixels.to(torch::kCPU, torch::kFloat) + 1) * 127.5)
                         .round()
                         .clamp(0, 255)
                         .to(torch::kByte)
                         .permute({0, 2, 3, 1})
                         .contiguous();  // [B, H, W, 3]
  std::vector<Image> images;
  for (const auto& row : bytes.unbind()) {
    const auto* from = row.const_data_ptr<std::uint8_t>();
    images.push_back({.width = int(row.size(1)),
                      .height = int(row.size(0)),
                      .rgb = std::vector<std::uint8_t>(from, from + row.numel())});
  }
  return images;
}

}  // namespace imagine::nn
