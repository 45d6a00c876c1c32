#include "train/text_rows.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

#include "core/check.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

constexpr std::size_t kBatch = 64;

Tensor states_in(const io::Safetensors& file, const std::string& name,
                 const std::shared_ptr<const void>& bytes, const std::string& where) {
  const auto found = file.tensors.find(name);
  check<FormatError>(found != file.tensors.end() && found->second.dtype == io::DType::f16 &&
                         found->second.shape.size() == 2 && found->second.shape[0] > 0,
                     where, ": expected states [T, D] of F16 named ", name);
  return nn::tensor_from(found->second, bytes);
}

}  // namespace

std::vector<Tensor> encode_rows(const std::vector<std::string>& captions,
                                const text::TextEncoder& encoder,
                                const std::function<bool(int64_t, int64_t)>& on_progress) {
  const torch::NoGradGuard no_grad;
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
  return rows;
}

TextEmbedding padded(const std::vector<Tensor>& rows) {
  std::vector<Tensor> masks;
  for (const auto& row : rows) masks.push_back(torch::ones({row.size(0)}, torch::kBool));
  return {.states = torch::pad_sequence(rows, /*batch_first=*/true),
          .mask = torch::pad_sequence(masks, /*batch_first=*/true)};
}

io::Bytes TextMember::bytes() const {
  std::map<std::string, Tensor> tensors;
  for (std::size_t i = 0; i < rows.size(); ++i) tensors[std::to_string(i)] = rows[i];
  return nn::tensors_bytes(tensors, {{"encoder", encoder}});
}

TextMember TextMember::parse(io::Bytes bytes, const std::string& where) {
  const auto kept = std::make_shared<const io::Bytes>(std::move(bytes));
  const auto file = io::parse_safetensors(std::as_bytes(std::span(*kept)), where);
  const auto encoder = file.metadata.find("encoder");
  check<FormatError>(encoder != file.metadata.end(), where, ": expected the name of an encoder");
  TextMember member{.encoder = encoder->second, .rows = {}};
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    member.rows.push_back(states_in(file, std::to_string(i), kept, where));
  }
  return member;
}

}  // namespace imagine::train
