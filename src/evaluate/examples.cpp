#include "evaluate/examples.h"

#include <torch/utils.h>

#include "core/check.h"
#include "data/shard.h"

namespace imagine::evaluate {
namespace {

/// [3, H, W] bytes, shrunk by averaging unless `side` is 0.
Tensor pixels_of(const Image& image, int side) {
  const auto bytes = torch::tensor(at::ArrayRef<std::uint8_t>(image.rgb), torch::kByte)
                         .view({image.height, image.width, 3})
                         .permute({2, 0, 1});
  if (side == 0) return bytes.contiguous();
  return torch::adaptive_avg_pool2d(bytes.to(torch::kFloat), {side, side}).round().to(torch::kByte);
}

}  // namespace

Examples read_examples(const std::vector<io::fs::path>& folders, const std::string& prefix,
                       int side) {
  Examples examples;
  std::vector<Tensor> pixels;
  for (const auto& folder : folders) {
    check<InputError>(io::fs::is_directory(folder), folder.string(),
                      ": expected a folder of shards");
    for (const auto& path : data::find_shards(folder, prefix)) {
      data::read_shard(path, [&](data::Sample sample) {
        pixels.push_back(pixels_of(std::exchange(sample.image, {}), side));
        check<FormatError>(pixels.back().sizes() == pixels.front().sizes(), path.string(),
                           ": expected pictures of one size");
        examples.samples.push_back(std::move(sample));
      });
    }
  }
  check<InputError>(!pixels.empty(), folders.empty() ? "" : folders[0].string(),
                    ": expected shards ", prefix, "*.tar; `imagine dataset` makes them");
  examples.pixels = torch::stack(pixels);
  return examples;
}

Tensor unit_pixels(const Tensor& bytes) { return bytes.to(torch::kFloat) / 127.5 - 1; }

}  // namespace imagine::evaluate
