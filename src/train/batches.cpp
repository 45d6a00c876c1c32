#include "train/batches.h"

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "tensor/pixels.h"
#include "tensor/text_batch.h"

namespace imagine::train {
namespace {

Image crop(const Image& image, int64_t side, Random& random) {
  check<FormatError>(image.width >= side && image.height >= side,
                     "shard: expected pictures of at least ", side, " pixels, got ", image.width,
                     "x", image.height);
  const int left = random.below(image.width - int(side) + 1);
  const int top = random.below(image.height - int(side) + 1);
  Image part{.width = int(side), .height = int(side), .rgb = {}};
  part.rgb.reserve(std::size_t(side * side * 3));
  for (int y = top; y < top + side; ++y) {
    part.rgb.insert(part.rgb.end(), image.at(left, y), image.at(left, y) + side * 3);
  }
  return part;
}

/// Squares [B, 3, S, S], shrunk to the resolution.
Tensor shrunk_squares(const Tensor& pixels, int64_t resolution) {
  const auto factor = pixels.size(2) / resolution;
  check<FormatError>(factor * resolution == pixels.size(2) && pixels.size(2) == pixels.size(3),
                     "shard: expected squares whose side is a multiple of ", resolution, ", got ",
                     pixels.size(3), "x", pixels.size(2));
  return factor > 1 ? torch::avg_pool2d(pixels, factor) : pixels;
}

}  // namespace

Batch on_device(const Batch& batch, torch::Device device) {
  const auto moved = [&](const Tensor& tensor) {
    return tensor.defined() ? tensor.to(device, /*non_blocking=*/true) : tensor;
  };
  return {.pixels = moved(batch.pixels),
          .text = tensor::to_device(batch.text, device),
          .rows = batch.rows,
          .cut = moved(batch.cut),
          .kept = moved(batch.kept),
          .annotations = batch.annotations.each(moved)};
}

Batches::Batches(const Source& source, std::uint64_t seed) : source_(source), seed_(seed) {}

Rows Rows::of_rank(int64_t total, int rank, int size) {
  const auto begin = total * rank / size;
  return {.begin = begin, .count = total * (rank + 1) / size - begin, .total = total};
}

Rows Batch::rows_here() const {
  const auto count = pixels.size(0);
  return rows.count > 0 ? rows : Rows{.begin = 0, .count = count, .total = count};
}

Batch Batches::make(const Phase& phase, BatchKey key, bool crops, Rows rows) const {
  auto [images, fitted, text, cut, kept, annotations] = source_.draw(phase, key, rows, seed_);
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (crops) {
      const auto row = rows.begin + int64_t(i);
      Random random(seed_, concat("crop ", key.update, " ", key.pass, " ", row));
      images[i] = crop(images[i], phase.resolution, random);
    }
    const auto &first = images.front(), &last = images[i];
    check<FormatError>(first.width == last.width && first.height == last.height,
                       "shard: expected pictures of one size, got ", first.width, "x", first.height,
                       " and ", last.width, "x", last.height);
  }
  const auto pixels = tensor::to_pixels(images);  // [B, 3, H, W]
  return {.pixels = fitted ? pixels : shrunk_squares(pixels, phase.resolution),
          .text = text,
          .rows = rows,
          .cut = cut,
          .kept = kept,
          .annotations = annotations};
}

}  // namespace imagine::train
