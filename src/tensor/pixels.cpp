#include "tensor/pixels.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::tensor {

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
  constexpr int64_t kRows = 512;  // at once: a large picture has no room for copies
  std::vector<Image> images;
  for (const auto& picture : pixels.unbind()) {
    Image image{.width = int(picture.size(2)), .height = int(picture.size(1)), .rgb = {}};
    image.rgb.reserve(std::size_t(picture.numel()));
    for (const auto& rows : picture.split(kRows, /*dim=*/1)) {
      const auto bytes = ((rows.to(torch::kCPU, torch::kFloat) + 1) * 127.5)
                             .round()
                             .clamp(0, 255)
                             .to(torch::kByte)
                             .permute({1, 2, 0})
                             .contiguous();  // [H, W, 3]
      const auto* from = bytes.const_data_ptr<std::uint8_t>();
      image.rgb.insert(image.rgb.end(), from, from + bytes.numel());
    }
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace imagine::tensor
