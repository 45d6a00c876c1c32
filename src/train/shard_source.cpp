#include "train/shard_source.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/image_file.h"

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

ShardSource::ShardSource(ShardSet shards, std::unique_ptr<TextTable> texts)
    : shards_(std::move(shards)), texts_(std::move(texts)) {}

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
  auto kept = phase.kept.empty() ? Tensor() : torch::zeros({rows.count}, torch::kBool);
  for (auto i = rows.begin; i < rows.begin + rows.count; ++i) {
    Random random(seed, concat("batch ", key.update, " ", key.pass, " ", i));
    const auto number = draw_row(shards_, phase, random);
    const auto& row = shards_.rows[std::size_t(number)];
    captions.push_back(random.pick(row.captions));
    images.push_back(io::flatten(io::decode_image(row.image, "shard")));
    if (kept.defined()) kept[i - rows.begin] = is_kept(shards_, phase, number);
  }
  return {.images = std::move(images), .text = texts_->batch(captions), .kept = kept};
}

}  // namespace imagine::train
