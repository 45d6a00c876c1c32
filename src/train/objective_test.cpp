#include "train/objective.h"

#include <gtest/gtest.h>

#include <torch/optim/adam.h>
#include <torch/utils.h>

#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

/// Fine checks, which the low resolution does not show.
Batch checks() {
  const auto line = torch::arange(16, torch::kFloat);
  const auto check = torch::remainder(line + line.unsqueeze(1), 2) - 0.5;  // [16, 16]
  return with_some_text(check.expand({4, 3, 16, 16}).contiguous());
}

class EachObjective : public testing::TestWithParam<const char*> {
 protected:
  EachObjective() {
    torch::manual_seed(5);
    config_.stage = GetParam();
    objective_ = make_objective(config_);
  }

  Tensor loss(const Batch& batch, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return objective_->loss(objective_->prepared(batch, Phase{}, generator));
  }

  TrainConfig config_ = tiny_networks();
  std::unique_ptr<Objective> objective_;
};

INSTANTIATE_TEST_SUITE_P(Objective, EachObjective, testing::Values("base", "super_resolution"));

TEST_P(EachObjective, DrawsAllItsNoiseFromTheGenerator) {
  const auto batch = checks();
  const auto once = loss(batch, 1);
  EXPECT_EQ(once.dim(), 0);
  torch::manual_seed(6);
  EXPECT_TRUE(torch::equal(loss(batch, 1), once));
  EXPECT_FALSE(torch::equal(loss(batch, 2), once));
}

TEST_P(EachObjective, RanksDrawTheirRowsOfTheWholeBatchsNoise) {
  const auto batch = checks();
  double together = 0;
  for (int rank = 0; rank < 3; ++rank) {
    const auto rows = Rows::of_rank(4, rank, 3);
    const Batch part{
        .pixels = rows.of(batch.pixels),
        .text = {.states = rows.of(batch.text.states), .mask = rows.of(batch.text.mask)},
        .rows = rows};
    together += double(rows.count) / 4 * loss(part, 1).item<double>();
  }
  EXPECT_NEAR(together, loss(batch, 1).item<double>(), 1e-5 * together);
}

TEST_P(EachObjective, LearnsABatch) {
  const auto batch = checks();
  const double before = loss(batch, 1).item<double>();
  torch::optim::Adam optimizer(objective_->network().parameters(), 1e-3);
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    loss(batch, 1).backward();
    optimizer.step();
  }
  EXPECT_LT(loss(batch, 1).item<double>(), 0.8 * before);
}

TEST_P(EachObjective, ExportsTheConfigurationOfItsNetwork) {
  const bool base = config_.stage == "base";
  EXPECT_EQ(objective_->network_config(),
            base ? to_json(config_.base) : to_json(config_.super_resolution));
  EXPECT_EQ(objective_->crops(), !base);
}

class Recompute : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Objective, Recompute, testing::Values("base", "efficient_unet"));

TEST_P(Recompute, GivesTheSameLossAndGradients) {
  const auto batch = checks();
  const auto learned = [&](bool recompute) {
    auto config = tiny_networks();
    config.stage = GetParam();
    config.base.depth = 3;
    config.efficient_unet.blocks = {2, 1};
    config.efficient_unet.attention_levels = 1;
    config.recompute = recompute;
    torch::manual_seed(5);
    const auto objective = make_objective(config);
    for (auto& parameter : objective->network().parameters()) {
      torch::NoGradGuard no_grad;
      parameter.normal_(0, 0.1);
    }
    auto generator = at::detail::createCPUGenerator(3);
    const auto loss = objective->loss(objective->prepared(batch, Phase{}, generator));
    loss.backward();
    std::vector<Tensor> values{loss.detach().view(1)};
    for (auto& parameter : objective->network().parameters()) {
      values.push_back(parameter.grad().flatten());
    }
    return torch::cat(values);
  };
  const auto kept = learned(false), again = learned(true);
  EXPECT_LT((again - kept).norm().item<double>(), 1e-5 * kept.norm().item<double>());
}

}  // namespace
}  // namespace imagine::train
