#include "train/text_table.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/safetensors.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

constexpr int64_t kBatch = 64;

std::string fingerprint(const std::vector<std::string>& captions,
                        const text::TextEncoder& encoder) {
  std::uint64_t hash = stable_hash(encoder.identity());
  for (const auto& caption : captions) hash = hash * 31 + stable_hash(caption);
  return std::to_string(hash);
}

bool holds(const io::SafetensorsFile& file, const std::string& fingerprint) {
  const auto found = file.metadata().find("fingerprint");
  return found != file.metadata().end() && found->second == fingerprint &&
         file.tensors().contains("states") && file.tensors().contains("offsets");
}

}  // namespace

TextTable::TextTable(const std::vector<std::string>& captions, const text::TextEncoder& encoder,
                     const io::fs::path& cache,
                     const std::function<bool(int64_t, int64_t)>& on_progress) {
  const auto key = fingerprint(captions, encoder);
  if (io::fs::exists(cache)) {
    const io::SafetensorsFile file(cache);
    if (holds(file, key)) {
      states_ = nn::tensor_of(file, "states");
      offsets_ = nn::tensor_of(file, "offsets");
      return;
    }
  }
  // Captions of equal length share a batch, so that little is spent on padding.
  std::vector<std::size_t> order(captions.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return captions[i].size(); });
  std::vector<Tensor> rows(captions.size());
  for (std::size_t begin = 0; begin < order.size(); begin += kBatch) {
    if (!on_progress(int64_t(begin), int64_t(order.size()))) {
      throw Interrupted("stopped while the captions were encoded; the same command starts again");
    }
    const auto end = std::min(order.size(), begin + kBatch);
    std::vector<std::string> prompts;
    for (std::size_t i = begin; i < end; ++i) prompts.push_back(captions[order[i]]);
    const auto text = encoder.encode(prompts);
    const auto states = text.states.to(torch::kHalf).cpu();  // [B, T, D]
    const auto lengths = text.mask.sum(1).cpu();
    for (std::size_t i = begin; i < end; ++i) {
      const auto row = int64_t(i - begin);
      rows[order[i]] = states[row].narrow(0, 0, lengths[row].item<int64_t>()).clone();
    }
  }
  offsets_ = torch::zeros({int64_t(rows.size()) + 1}, torch::kLong);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    offsets_[int64_t(i) + 1] = offsets_[int64_t(i)] + rows[i].size(0);
  }
  states_ = torch::cat(rows);
  nn::save_tensors({{"states", states_}, {"offsets", offsets_}}, cache, {{"fingerprint", key}});
}

TextEmbedding TextTable::batch(const std::vector<int>& captions) const {
  const auto* offsets = offsets_.const_data_ptr<int64_t>();
  std::vector<Tensor> rows, masks;
  for (const int caption : captions) {
    const auto count = offsets[caption + 1] - offsets[caption];
    rows.push_back(states_.narrow(0, offsets[caption], count));
    masks.push_back(torch::ones({count}, torch::kBool));
  }
  return {.states = torch::pad_sequence(rows, /*batch_first=*/true),
          .mask = torch::pad_sequence(masks, /*batch_first=*/true)};
}

}  // namespace imagine::train
