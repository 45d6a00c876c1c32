#include "train/crew.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

class CrewTest : public testing::TestWithParam<const char*> {
 protected:
  struct Learned {
    double loss;
    Tensor gradient;
  };

  /// Of a lesson of `count` pictures with the same weights and noise each time, in two passes.
  static Learned learned(int threads, int64_t count, torch::Dtype dtype) {
    torch::manual_seed(5);
    auto config = tiny_networks();
    const std::string stage = GetParam();
    config.stage = stage == "lora" ? "base" : stage;
    config.lora.rank = stage == "lora" ? 3 : 0;
    const auto objective = make_objective(config);
    for (auto* module : {&objective->network(), &objective->trained()}) {
      torch::NoGradGuard no_grad;
      for (auto& parameter : module->parameters()) parameter.normal_(0, 0.1);
    }
    auto generator = at::detail::createCPUGenerator(3);
    const auto batch = with_some_text(torch::rand({count, 3, 16, 16}, generator));
    const auto lesson = objective->prepared(batch, Phase{}, generator);
    if (config.lora.rank > 0) objective->network().to(dtype);
    FlatParameters parameters(objective->trained(), dtype);
    Crew crew(config, *objective, parameters, threads);
    double loss = 0;
    for (int pass = 0; pass < 2; ++pass) loss += crew.learn(lesson, 0.5, 16).item<double>();
    parameters.join_gradients();
    return {loss, parameters.gradient().clone()};
  }
};

TEST(CountWorkers, PicturesThatFillAPartOrAreAloneAreLearnedByAllCoresTogether) {
  const auto workers = [](int64_t resolution, int64_t batch, bool on_cpu = true) {
    TrainConfig config;
    config.phases = {{.resolution = resolution, .batch = batch}};
    return count_workers(config, on_cpu, /*threads=*/4);
  };
  EXPECT_EQ(workers(64, 32), 4);
  EXPECT_EQ(workers(256, 32), 4);
  EXPECT_EQ(workers(64, 3), 3);
  EXPECT_EQ(workers(64, 1), 1);
  EXPECT_EQ(workers(512, 32), 1);
  EXPECT_EQ(workers(64, 32, /*on_cpu=*/false), 1);
}

INSTANTIATE_TEST_SUITE_P(Stages, CrewTest,
                         testing::Values("base", "super_resolution", "efficient_unet", "lora"));

TEST_P(CrewTest, LearnsTheSameOnAnyNumberOfThreads) {
  for (const int64_t count : {1, 5}) {
    const auto one = learned(1, count, torch::kFloat);
    EXPECT_GT(one.gradient.norm().item<double>(), 0);
    for (const int threads : {2, 3, 9}) {
      const auto several = learned(threads, count, torch::kFloat);
      EXPECT_NEAR(several.loss, one.loss, 1e-5 * one.loss);
      const auto away = (several.gradient - one.gradient).norm() / one.gradient.norm();
      EXPECT_LT(away.item<double>(), 1e-5) << count << " pictures, " << threads << " threads";
    }
  }
}

TEST_P(CrewTest, GivesTheSameBitsAgain) {
  for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
    const auto once = learned(3, 5, dtype), again = learned(3, 5, dtype);
    EXPECT_EQ(once.loss, again.loss);
    EXPECT_TRUE(torch::equal(once.gradient, again.gradient));
  }
}

TEST(CountParts, FillsTheWorkersAndTheCaches) {
  EXPECT_EQ(count_parts(64, 64, 1), 4);
  EXPECT_EQ(count_parts(64, 64, 2), 4);
  EXPECT_EQ(count_parts(24, 64, 2), 2);
  EXPECT_EQ(count_parts(24, 64, 4), 4);
  EXPECT_EQ(count_parts(64, 32, 1), 1);
  EXPECT_EQ(count_parts(70, 64, 2), 6);
  EXPECT_EQ(count_parts(3, 64, 8), 3);
}

}  // namespace
}  // namespace imagine::train
