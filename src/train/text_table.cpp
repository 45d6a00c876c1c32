#include "train/text_table.h"

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/safetensors.h"
#include "nn/tensor_file.h"
#include "train/text_rows.h"

namespace imagine::train {
namespace {

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
  const auto rows = encode_rows(captions, encoder, on_progress);
  offsets_ = torch::zeros({int64_t(rows.size()) + 1}, torch::kLong);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    offsets_[int64_t(i) + 1] = offsets_[int64_t(i)] + rows[i].size(0);
  }
  states_ = torch::cat(rows);
  nn::save_tensors({{"states", states_}, {"offsets", offsets_}}, cache, {{"fingerprint", key}});
}

TextEmbedding TextTable::batch(const std::vector<int>& captions) const {
  const auto* offsets = offsets_.const_data_ptr<int64_t>();
  std::vector<Tensor> rows;
  for (const int caption : captions) {
    rows.push_back(states_.narrow(0, offsets[caption], offsets[caption + 1] - offsets[caption]));
  }
  return padded(rows);
}

}  // namespace imagine::train
