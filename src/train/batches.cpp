#include "train/batches.h"

#include <torch/utils.h>

#include "core/check.h"
#include "io/image_file.h"
#include "nn/pixels.h"
#include "nn/text_batch.h"

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

}  // namespace

Batch on_device(const Batch& batch, torch::Device device) {
  return {.pixels = batch.pixels.to(device, /*non_blocking=*/true),
          .text = nn::to_device(batch.text, device)};
}

void check_domains(const Phase& phase, const ShardSet& shards) {
  std::string known;
  for (const auto& [domain, rows] : shards.rows_of_domain) {
    known += (known.empty() ? "" : ", ") + domain;
  }
  for (const auto& [domain, weight] : phase.weights) {
    check<ConfigError>(shards.rows_of_domain.contains(domain), "phases: weights: expected ", known,
                       ", got \"", domain, "\"");
  }
}

Batches::Batches(const ShardSet& shards, const TextTable& texts, std::uint64_t seed)
    : shards_(shards), texts_(texts), seed_(seed) {}

int Batches::draw_row(const Phase& phase, Random& random) const {
  if (phase.weights.empty()) return random.below(int(shards_.rows.size()));
  double left = 0;
  for (const auto& [domain, weight] : phase.weights) left += weight;
  left *= random.uniform();
  const std::vector<int>* rows = nullptr;
  for (const auto& [domain, weight] : phase.weights) {
    rows = &shards_.rows_of_domain.at(domain);
    if ((left -= weight) < 0) break;
  }
  return random.pick(*rows);
}

Batch Batches::make(const Phase& phase, BatchKey key, bool crops) const {
  Random random(seed_, concat("batch ", key.update, " ", key.pass));
  std::vector<Image> images;
  std::vector<int> captions;
  for (int64_t i = 0; i < phase.batch; ++i) {
    const auto& row = shards_.rows[std::size_t(draw_row(phase, random))];
    captions.push_back(random.pick(row.captions));
    const auto image = io::flatten(io::decode_image(row.image, "shard"));
    images.push_back(crops ? crop(image, phase.resolution, random) : image);
    const auto &first = images.front(), &last = images.back();
    check<FormatError>(first.width == last.width && first.height == last.height,
                       "shard: expected pictures of one size, got ", first.width, "x", first.height,
                       " and ", last.width, "x", last.height);
  }
  auto pixels = nn::to_pixels(images);  // [B, 3, S, S]
  const auto factor = pixels.size(2) / phase.resolution;
  check<FormatError>(
      factor * phase.resolution == pixels.size(2) && pixels.size(2) == pixels.size(3),
      "shard: expected squares whose side is a multiple of ", phase.resolution, ", got ",
      pixels.size(3), "x", pixels.size(2));
  if (factor > 1) pixels = torch::avg_pool2d(pixels, factor);
  return {.pixels = pixels, .text = texts_.batch(captions)};
}

}  // namespace imagine::train
