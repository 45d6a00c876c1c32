#include "models/evaluation.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

/// Doubles what it is given, and counts how often it is asked.
class Doubling : public Network {
 public:
  explicit Doubling(bool in_parts) : in_parts_(in_parts) {}

  std::shared_ptr<const TextState> encode_text(const TextEmbedding&,
                                               const TextUse&) const override {
    return nullptr;
  }
  torch::Device device() const override { return torch::kCPU; }
  bool is_fast_in_parts() const override { return in_parts_; }
  std::vector<diffusion::Prediction> evaluate(std::span<const Row> rows) const override {
    ++asked;
    std::vector<diffusion::Prediction> predictions;
    for (const auto& row : rows) predictions.push_back({.clean = 2 * row.noisy});
    return predictions;
  }

  mutable std::atomic<std::int64_t> asked = 0;

 private:
  bool in_parts_;
};

std::vector<Row> some_rows(int count) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back({.noisy = torch::full({1, 3, 2, 2}, double(i)), .level = {}, .text = nullptr});
  }
  return rows;
}

TEST(Evaluated, EachRowIsComputedOnceAndStaysInItsPlace) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3, 8}) {
    tensor::use_cores(threads);
    tensor::Cores cores;
    for (const int count : {1, 2, 5}) {
      const Doubling network(/*in_parts=*/true);
      const auto predictions = evaluated(network, some_rows(count), cores);
      ASSERT_EQ(std::ssize(predictions), count);
      for (int i = 0; i < count; ++i) {
        EXPECT_EQ(predictions[std::size_t(i)].clean.mean().item<double>(), 2 * i);
      }
      EXPECT_EQ(network.asked, std::min(count, threads));
    }
  }
  tensor::use_cores(before);
}

TEST(Evaluated, WeightsThatAreConvertedAreConvertedOnce) {
  const int before = at::get_num_threads();
  tensor::use_cores(4);
  tensor::Cores cores;
  const Doubling network(/*in_parts=*/false);
  EXPECT_EQ(evaluated(network, some_rows(5), cores).size(), 5u);
  EXPECT_EQ(network.asked, 1);
  tensor::use_cores(before);
}

}  // namespace
}  // namespace imagine::models
