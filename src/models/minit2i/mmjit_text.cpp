#include "models/minit2i/mmjit_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/utils.h>

namespace imagine::models {
namespace {

/// So many mask tokens, which differ in little but where they stand, are one row of a region's
/// text. In a network of random weights and the published size, a region of all the picture is
/// then 1.1 % off its text's own picture, and another text 3.5 %; with 4 it is 0.6 %, and two
/// regions take a tenth more time.
constexpr int64_t kMaskTokensTogether = 7;

constexpr int64_t kPrefix = 0, kOwn = 1;  // owners
constexpr double kHidden = -std::numeric_limits<double>::infinity();

/// Which of a text's rows stay, and the logarithm of how many tokens each stands for: [K] each.
struct Kept {
  Tensor rows, copies;
};

/// All words, and the middle one of each run of the mask tokens behind them.
Kept kept_of(int64_t words, int64_t length) {
  std::vector<int64_t> rows;
  std::vector<float> copies;
  for (int64_t at = 0, run = 1; at < length; at += run) {
    run = at < words ? 1 : std::min(kMaskTokensTogether, length - at);
    rows.push_back(at + run / 2);
    copies.push_back(float(std::log(double(run))));
  }
  return {.rows = torch::tensor(rows), .copies = torch::tensor(copies)};
}

/// How many tokens stand before the mask tokens that fill it up.
int64_t words_of(const TextEmbedding& text) {
  const auto standing = text.mask.cpu().nonzero();  // [tokens, 2]
  return standing.size(0) == 0 ? 0 : standing[-1][1].item<int64_t>() + 1;
}

/// The logarithms of its words' weights, as long as it is filled up: [length].
Tensor weights_of(const TextEmbedding& text, int64_t length) {
  if (!text.emphasis.defined()) return torch::zeros({length});
  const auto given = text.emphasis.cpu().flatten();
  return torch::constant_pad_nd(given, {0, length - given.size(0)});
}

}  // namespace

Tensor Sight::bias() const {
  const auto reader = owner.clamp_min(kOwn);  // the prefix reads as the own text does
  const auto of_rows = places.index_select(0, reader - kOwn);  // [W, N]
  const auto is_prefix = owner == kPrefix;
  const auto seen = of_rows.masked_fill(is_prefix.unsqueeze(1), 0) + (weight + copies).unsqueeze(1);
  const auto seeing = of_rows.masked_fill((reader == kOwn).unsqueeze(1), 0);
  const auto reads = (reader.unsqueeze(1) == reader).logical_or(is_prefix);  // [W, W]
  const auto among = torch::where(reads, copies, torch::full_like(copies, kHidden));
  const auto count = places.size(1);
  const auto words = torch::cat({among, seeing}, 1);
  const auto picture = torch::cat({seen.t(), torch::zeros({count, count}, seen.options())}, 1);
  return torch::cat({words, picture}).unsqueeze(0).unsqueeze(0);
}

MmJitText with_sight(const MmJitConfig& config, const std::vector<PlacedText>& texts) {
  const auto before = config.prefix(), length = config.prompt_length, head = config.head_dim;
  const auto standing = text_rotation(before, length, head);
  auto rotation = no_rotation(before, head);
  std::vector<Tensor> rows = {texts.front().rows.narrow(1, 0, before)};
  std::vector<Tensor> owners = {torch::full({before}, kPrefix, torch::kLong)};
  std::vector<Tensor> weights = {torch::zeros({before})}, copies = weights, places;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& [read, text, belonging] = texts[i];
    const auto kept = kept_of(i == 0 ? length : words_of(text), length);
    const auto some = [&](const Tensor& x) { return x.index_select(0, kept.rows); };
    rotation = joined(rotation, {some(standing.cosine), some(standing.sine)});
    rows.push_back(read.index_select(1, (before + kept.rows).to(read.device())));
    owners.push_back(torch::full({kept.rows.size(0)}, kOwn + int64_t(i), torch::kLong));
    weights.push_back(some(weights_of(text, length)));
    copies.push_back(kept.copies);
    places.push_back(belonging);
  }
  const auto all = torch::cat(rows, 1);
  const auto there = [&](const Tensor& x) { return x.to(all.device()); };
  return {.rows = all,
          .sight = Sight{.rotation = rotation.to(all.device()),
                         .owner = there(torch::cat(owners)),
                         .places = there(torch::stack(places)),
                         .weight = there(torch::cat(weights)),
                         .copies = there(torch::cat(copies))}};
}

}  // namespace imagine::models
