#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adamw.h>
#include <torch/utils.h>

#include "core/check.h"
#include "train/ema.h"

namespace imagine::train {
namespace {

TEST(FlatParameters, AdamWEqualsLibTorchsOwn) {
  torch::manual_seed(1);
  torch::nn::Linear ours(5, 3), theirs(5, 3);
  {
    torch::NoGradGuard no_grad;
    theirs->weight.copy_(ours->weight), theirs->bias.copy_(ours->bias);
  }
  FlatParameters parameters(*ours, torch::kFloat);
  Optimizer optimizer({.weight_decay = 0, .clip = 0}, parameters);
  torch::optim::AdamW reference(
      theirs->parameters(), torch::optim::AdamWOptions(1e-2).betas({0.9, 0.95}).weight_decay(0));
  for (int i = 0; i < 5; ++i) {
    const auto x = torch::randn({4, 5});
    ours(x).square().sum().backward();
    parameters.collect_gradient();
    optimizer.step(1e-2);
    reference.zero_grad();
    theirs(x).square().sum().backward();
    reference.step();
  }
  EXPECT_TRUE(torch::allclose(ours->weight, theirs->weight, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(ours->bias, theirs->bias, 1e-5, 1e-6));
}

TEST(Optimizer, ClipsAndReturnsTheNorm) {
  torch::nn::Linear layer(2, 2);
  FlatParameters parameters(*layer, torch::kFloat);
  Optimizer optimizer({.clip = 1}, parameters);
  parameters.gradient().fill_(100);
  EXPECT_NEAR(optimizer.step(1e-3).item<double>(), 100 * std::sqrt(6.0), 1e-2);
  parameters.gradient().fill_(NAN);
  EXPECT_FALSE(std::isfinite(optimizer.step(1e-3).item<double>()));
}

TEST(Optimizer, SharesMoveTheWeightsAsTheWholeDoes) {
  struct Network : torch::nn::Module {
    Network() {
      using torch::nn::Linear;
      register_module("blocks", torch::nn::Sequential(Linear(4, 6), Linear(6, 4), Linear(4, 6)));
    }
  };
  for (const std::string kind : {"adamw", "muon"}) {
    torch::manual_seed(6);
    Network network;
    FlatParameters whole(network, torch::kFloat);
    const auto before = whole.master().clone();
    const auto gradient = torch::randn_like(before);
    whole.gradient().copy_(gradient);
    Optimizer(OptimizerConfig{.kind = kind}, whole).step(1e-2);
    const auto expected = whole.master().clone();

    whole.master().copy_(before);
    for (const auto& share : shares_of(whole, 2)) {
      Optimizer part({.kind = kind}, whole, share);
      EXPECT_EQ(part.first_moment().numel(), share.count());
      whole.gradient().copy_(gradient);
      part.step(1e-2, gradient.norm());
    }
    EXPECT_TRUE(torch::allclose(whole.master(), expected, 1e-5, 1e-6)) << kind;
  }
}

TEST(Muon, OrthogonalisesTallAndWideMatrices) {
  torch::manual_seed(2);
  for (const auto& [rows, columns] : {std::pair{8, 32}, std::pair{32, 8}}) {
    const auto values = std::get<1>(torch::linalg_svd(
        orthogonalised(torch::randn({3, rows, columns}), torch::kBFloat16), false));  // [3, 8]
    EXPECT_GT(values.min().item<double>(), 0.5);
    EXPECT_LT(values.max().item<double>(), 1.4);
  }
}

TEST(Muon, MovesEachMatrixByItsOwnGradientAlone) {
  torch::manual_seed(4);
  torch::nn::Module network;
  auto blocks = network.register_module("blocks", std::make_shared<torch::nn::Module>());
  const std::vector<std::vector<int64_t>> shapes{{4, 8}, {6, 6}, {4, 8}, {8, 4}};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    blocks->register_parameter(concat("matrix", i), torch::randn(shapes[i]));
  }
  FlatParameters parameters(network, torch::kFloat);
  Optimizer optimizer({.kind = "muon", .weight_decay = 0, .momentum = 0, .clip = 0}, parameters);
  parameters.gradient().normal_();
  const auto gradient = parameters.gradient().clone(), before = parameters.master().clone();
  optimizer.step(1e-2);
  for (const auto& slot : parameters.slots()) {
    const auto moved = view_of(parameters.master() - before, slot);
    const auto expected = orthogonalised(view_of(gradient, slot).unsqueeze(0), torch::kFloat)[0];
    const double largest = double(std::max(slot.shape[0], slot.shape[1]));
    EXPECT_TRUE(torch::allclose(moved, expected * (-2.5e-2 * 0.2 * std::sqrt(largest)), 1e-3, 1e-5))
        << slot.name;
  }
}

TEST(PowerEma, HasTheWidthThatWasAskedFor) {
  // Averaging the step's number itself: the mean of the profile t^gamma is (gamma + 1) / (gamma +
  // 2).
  PowerEma ema(torch::zeros({1}, torch::kDouble), 0.10);
  constexpr int kSteps = 4000;
  for (int step = 1; step <= kSteps; ++step) {
    ema.update(torch::full({1}, double(step), torch::kDouble), step, 1);
  }
  const double gamma = power_ema_gamma(0.10);
  EXPECT_NEAR(gamma, 6.94, 0.01);  // Karras et al. 2023, sec. 3.1
  EXPECT_NEAR(ema.average().item<double>() / kSteps, (gamma + 1) / (gamma + 2), 0.002);
}

}  // namespace
}  // namespace imagine::train
