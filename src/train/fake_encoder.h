/// For tests: a text encoder whose states are the bytes of the prompts.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/utils.h>

#include "text/text_encoder.h"

namespace imagine::train {

class FakeEncoder : public text::TextEncoder {
 public:
  explicit FakeEncoder(std::string name = "fake") : name_(std::move(name)) {}

  TextEmbedding encode(const std::vector<std::string>& prompts, const text::TextLength& length,
                       const StopCheck& /*stop*/ = {}) const override {
    count_ += int64_t(prompts.size());
    const auto longest = int64_t(std::ranges::max(prompts, {}, &std::string::size).size());
    const std::vector<int64_t> shape{int64_t(prompts.size()),
                                     length.padded ? *length.most : longest};
    auto states = torch::full(shape, -1.0), mask = torch::zeros(shape, torch::kBool);
    for (int64_t i = 0; i < shape[0]; ++i) {
      const auto& prompt = prompts[std::size_t(i)];
      for (int64_t k = 0; k < std::min(shape[1], int64_t(prompt.size())); ++k) {
        states[i][k] = double(prompt[std::size_t(k)]);
        mask[i][k] = true;
      }
    }
    return {.states = states.unsqueeze(2), .mask = mask};  // [B, T, 1], [B, T]
  }
  int64_t width() const override { return 1; }
  std::string identity() const override { return name_; }
  void to(torch::Device) override {}

  /// Prompts encoded so far.
  int64_t count() const { return count_; }

 private:
  std::string name_;
  mutable int64_t count_ = 0;
};

}  // namespace imagine::train
