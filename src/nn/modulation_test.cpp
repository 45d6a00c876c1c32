#include "nn/modulation.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "nn/every_target.h"
#include "nn/same_gradients.h"

namespace imagine::nn {
namespace {

struct Shape {
  int64_t pictures, rows, width;
};

constexpr Shape kShapes[] = {{1, 1, 1}, {2, 3, 5}, {3, 70, 64}, {1, 33, 67}, {5, 16, 256}};

class ModulationTest : public testing::Test {
 protected:
  static void expect_agreement(const Computation& ours, const Computation& plain) {
    with_every_target([&] {
      for (const auto& [pictures, rows, width] : kShapes) {
        torch::manual_seed(1);
        const std::vector<Tensor> inputs = {torch::randn({pictures, rows, width}) * 2 + 3,
                                            torch::randn({pictures, width}),
                                            torch::randn({pictures, width})};
        expect_same(ours, plain, inputs, torch::kFloat, 2e-5);
        expect_same(ours, plain, inputs, torch::kBFloat16, 0.02);
      }
    });
  }
};

TEST_F(ModulationTest, NormIsLayerNormWithAGainAndAnOffset) {
  expect_agreement([](const auto& in) { return modulated_norm(in[0], in[1], in[2]); },
                   [](const auto& in) {
                     const auto normal = torch::layer_norm(in[0], {in[0].size(2)}, {}, {}, 1e-5);
                     return normal * in[1].unsqueeze(1) + in[2].unsqueeze(1);
                   });
}

TEST_F(ModulationTest, GatedSumAddsTheBranchTimesItsGain) {
  expect_agreement(
      [](const auto& in) { return gated_sum(in[0], in[1], in[0] * in[2].unsqueeze(1)); },
      [](const auto& in) { return in[0] + in[1].unsqueeze(1) * in[0] * in[2].unsqueeze(1); });
}

TEST_F(ModulationTest, TakesViewsThatAreNotContiguous) {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 6, 9}).transpose(1, 2);  // [2, 9, 6]
  const auto both = torch::randn({2, 12}).chunk(2, 1);     // [2, 6] with a stride of 12
  const auto expected = torch::layer_norm(x, {6}) * both[0].unsqueeze(1) + both[1].unsqueeze(1);
  EXPECT_TRUE(torch::allclose(modulated_norm(x, both[0], both[1]), expected, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(gated_sum(x, both[0], x), x + both[0].unsqueeze(1) * x, 1e-5, 1e-6));
}

TEST_F(ModulationTest, KeepsWhatIsNotANumber) {
  auto x = torch::ones({1, 2, 16}).to(torch::kBFloat16);
  x[0][1][3] = NAN;
  const auto gain = torch::ones({1, 16}).to(torch::kBFloat16);
  const auto sum = gated_sum(x, gain, x).to(torch::kFloat);
  EXPECT_TRUE(std::isnan(sum[0][1][3].item<float>()));
  EXPECT_EQ(sum[0][0][3].item<float>(), 2);
}

}  // namespace
}  // namespace imagine::nn
