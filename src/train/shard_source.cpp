#include "train/shard_source.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/image_file.h"
#include "io/palette.h"
#include "models/imagine/control_adapter.h"
#include "tensor/text_batch.h"

namespace imagine::train {
namespace {

int draw_row(const ShardSet& shards, const Phase& phase, Random& random) {
  if (phase.weights.empty()) return random.below(int(shards.rows.size()));
  double left = 0;
  for (const auto& [domain, weight] : phase.weights) left += weight;
  left *= random.uniform();
  const std::vector<int>* rows = nullptr;
  for (const auto& [domain, weight] : phase.weights) {
    rows = &shards.rows_of_domain.at(domain);
    if ((left -= weight) < 0) break;
  }
  return random.pick(*rows);
}

bool is_kept(const ShardSet& shards, const Phase& phase, int row) {
  return std::ranges::any_of(phase.kept, [&](const std::string& domain) {
    const auto rows = shards.rows_of_domain.find(domain);
    return rows != shards.rows_of_domain.end() && std::ranges::binary_search(rows->second, row);
  });
}

}  // namespace

ShardSource::ShardSource(ShardSet shards, std::unique_ptr<TextTable> texts,
                         std::unique_ptr<TextTable> phrases)
    : shards_(std::move(shards)), texts_(std::move(texts)), phrases_(std::move(phrases)) {}

void ShardSource::check_phase(const Phase& phase) const {
  std::string known;
  for (const auto& [domain, rows] : shards_.rows_of_domain) {
    known += (known.empty() ? "" : ", ") + domain;
  }
  const auto check_known = [&](const char* field, const std::string& domain) {
    check<ConfigError>(shards_.rows_of_domain.contains(domain), "phases: ", field, ": expected ",
                       known, ", got \"", domain, "\"");
  };
  for (const auto& [domain, weight] : phase.weights) check_known("weights", domain);
  for (const auto& domain : phase.kept) check_known("kept", domain);
}

Drawn ShardSource::draw(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const {
  std::vector<Image> images;
  std::vector<int> captions;
  std::vector<const Row*> chosen;
  auto kept = phase.kept.empty() ? Tensor() : torch::zeros({rows.count}, torch::kBool);
  for (auto i = rows.begin; i < rows.begin + rows.count; ++i) {
    Random random(seed, concat("batch ", key.update, " ", key.pass, " ", i));
    const auto number = draw_row(shards_, phase, random);
    const auto& row = shards_.rows[std::size_t(number)];
    chosen.push_back(&row);
    captions.push_back(random.pick(row.captions));
    images.push_back(io::flatten(io::decode_image(row.image, "shard")));
    if (kept.defined()) kept[i - rows.begin] = is_kept(shards_, phase, number);
  }
  Drawn drawn{.images = std::move(images), .text = texts_->batch(captions), .kept = kept};
  if (!phrases_) return drawn;
  std::vector<Annotated> pictures;
  for (std::size_t i = 0; i < drawn.images.size(); ++i) {
    const auto place = rows.begin + std::int64_t(i);
    pictures.push_back(
        {.row = *chosen[i],
         .image = drawn.images[i],
         .random = Random(seed, concat("annotations ", key.update, " ", key.pass, " ", place))});
  }
  drawn.annotations = annotations_of(pictures);
  return drawn;
}

/// Of each thing one of its phrases; of each picture a palette of one to kMostColours, three in ten
/// without their shares.
Annotations ShardSource::annotations_of(const std::vector<Annotated>& pictures) const {
  constexpr double kShareless = 0.3;
  std::vector<Tensor> labels, phrases, palettes;
  for (auto [row, image, random] : pictures) {
    const auto picture = io::flatten(io::decode_image(row.labels, "shard"));
    check<FormatError>(picture.width == image.width && picture.height == image.height,
                       "shard: expected labels of ", image.width, "x", image.height,
                       " pixels like their picture, got ", picture.width, "x", picture.height);
    const auto pixels = torch::tensor(picture.rgb, torch::kUInt8);
    labels.push_back(pixels.view({picture.height, picture.width, 3}).permute({2, 0, 1}));
    std::vector<int> named;
    for (const auto& of_thing : row.things) {
      if (std::ssize(named) < models::kMostThings) named.push_back(random.pick(of_thing));
    }
    check<FormatError>(!named.empty(), "shard: expected a body or an object in each picture's ",
                       "facts, got none");
    const auto means = tensor::text_mean(phrases_->batch(named));  // [things, D]
    phrases.push_back(
        torch::constant_pad_nd(means, {0, 0, 0, models::kMostThings - means.size(0)}));
    const auto colours = io::palette_of(image, 1 + random.below(int(models::kMostColours)));
    palettes.push_back(models::palette_rows(colours, !random.chance(kShareless)));
  }
  return {.labels = torch::stack(labels),
          .phrases = torch::stack(phrases),
          .palette = torch::stack(palettes)};
}

}  // namespace imagine::train
