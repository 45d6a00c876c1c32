#include "bench/plan.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "bench/memory.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "models/imagine/hybrid.h"
#include "train/config.h"

namespace imagine::bench {
namespace {

class PlanTest : public testing::Test {
 protected:
  static train::TrainConfig small() {
    train::TrainConfig config;
    config.base = {.size = 32, .stem = 16, .width = 64, .depth = 8, .heads = 2, .text_depth = 1};
    config.phases = {{.views = 100, .resolution = 32, .batch = 10}};
    return config;
  }

  Plan plan(const train::TrainConfig& config, PlanOptions options = {}) const {
    options.config = (folder_.path() / "run.json").string();
    io::write_json(options.config, to_json(config));
    return plan_of(options);
  }

  io::TemporaryFolder folder_;
};

TEST_F(PlanTest, CountsWhatTheWholeNetworkHas) {
  const auto config = small();
  models::Hybrid network(config.base);
  std::int64_t count = 0;
  for (const auto& parameter : network->parameters()) count += parameter.numel();
  const auto plan = this->plan(config);
  EXPECT_EQ(plan.parameters, count);
  EXPECT_EQ(plan.updates, 10);
  EXPECT_EQ(plan.views, 100);
}

TEST_F(PlanTest, ExtrapolatesOverTheDepthWhatASmallerNetworkMeasures) {
  auto deep = small(), shallow = small();
  shallow.base.depth = 3;  // measured as it is
  const auto many = plan(deep), few = plan(shallow);
  EXPECT_GT(many.gflop_picture, 1.2 * few.gflop_picture);
  EXPECT_LT(many.gflop_picture, 8.0 / 3 * few.gflop_picture);
  EXPECT_NEAR(many.gflop_picture / many.gflop_evaluation, 3, 0.4);
}

TEST_F(PlanTest, MuonComputesWhileTheWeightsMove) {
  auto config = small();
  EXPECT_EQ(plan(config).gflop_update, 0);
  config.optimizer.kind = "muon";
  EXPECT_GT(plan(config).gflop_update, 0);
}

TEST_F(PlanTest, SavingsSave) {
  const auto plan = this->plan(small(), {.ranks = 4});
  ASSERT_EQ(plan.memory.size(), 4);
  const auto &fp32 = plan.memory[0], &bf16 = plan.memory[1], &recompute = plan.memory[2];
  EXPECT_EQ(recompute.how, "fp32, recompute");
  EXPECT_LT(recompute.activations, 0.8 * double(fp32.activations));
  EXPECT_LT(bf16.activations, 0.8 * double(fp32.activations));
  EXPECT_EQ(fp32.weights, 8 * plan.parameters);
  EXPECT_EQ(bf16.weights, 6 * plan.parameters);
  EXPECT_EQ(fp32.moments, 4 * 4 * plan.parameters / 4);
  EXPECT_EQ(fp32.alone - fp32.sum, 3 * fp32.moments);
}

TEST_F(PlanTest, AUnetsBlocksAreComputedAgainToo) {
  auto config = small();
  config.stage = "efficient_unet";
  config.efficient_unet = {.width = 16, .multipliers = {1, 2}, .blocks = {2, 2}, .heads = 2};
  const auto plan = this->plan(config);
  ASSERT_EQ(plan.memory.size(), 4);
  EXPECT_LT(plan.memory[2].activations, 0.8 * double(plan.memory[0].activations));
}

TEST_F(PlanTest, TimeAndEnergyFollowFromTheHardware) {
  const auto plan = this->plan(small(), {.ranks = 2, .tflops = 0.5, .watts = 100});
  EXPECT_DOUBLE_EQ(plan.gflops, 1000);
  EXPECT_NEAR(plan.hours * 3600, (100 * plan.gflop_picture + 10 * plan.gflop_update) / 1000, 1e-9);
  EXPECT_NEAR(plan.kwh, plan.hours * 0.2, 1e-9);
  EXPECT_GT(this->plan(small()).gflops, 0);
}

TEST_F(PlanTest, PicturesOfASmallerPhaseCountByTheirPixels) {
  auto config = small();
  config.phases = {{.views = 80, .resolution = 16, .batch = 10},
                   {.views = 100, .resolution = 32, .batch = 10}};
  const auto plan = this->plan(config, {.tflops = 1});
  EXPECT_EQ(plan.views, 180);
  EXPECT_NEAR(plan.hours * 3600, (120 * plan.gflop_picture + 18 * plan.gflop_update) / 1000, 1e-9);
}

TEST_F(PlanTest, IsTimedOnWhatIsHereAndSharedByTheRanks) {
  const auto one = plan(small(), {.threads = 1}),
             many = plan(small(), {.ranks = 1000, .threads = 1});
  EXPECT_GT(one.hours, 0);
  EXPECT_LT(many.hours, one.hours);
  EXPECT_NEAR(one.gflops * one.hours * 3600, 100 * one.gflop_picture, 1e-6 * one.gflops);
}

TEST_F(PlanTest, TakesASuperResolutionAndRefusesWhatItCannotPlan) {
  auto config = small();
  config.stage = "super_resolution";
  config.super_resolution = {.factor = 2, .width = 8, .blocks = 1};
  EXPECT_EQ(plan(config).memory.size(), 2);
  config = small();
  config.stage = "distillation";
  config.distillation.teacher = "somewhere";
  EXPECT_THAT([&] { plan(config); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("got distillation")));
  EXPECT_THAT([&] { plan(small(), {.ranks = 0}); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("ranks")));
}

TEST_F(PlanTest, LowRankChangesKeepTheNetworkButNoMastersOfIt) {
  auto config = small();
  const auto whole = plan(config);
  config.lora.rank = 2;
  config.start_from = "somewhere";
  const auto changes = plan(config);
  EXPECT_LT(changes.parameters, whole.parameters / 2);
  const auto network = 4 * whole.parameters;  // bytes
  EXPECT_GT(changes.memory[0].weights, network);
  EXPECT_LT(changes.memory[0].weights, 2 * network);
  EXPECT_LT(changes.memory[0].moments, whole.memory[0].moments / 2);
}

TEST_F(PlanTest, KnowsMiniT2iOfAnyDepth) {
  auto config = small();
  config.stage = "minit2i";
  config.minit2i = {.image_size = 32,
                    .patch_size = 8,
                    .txt_input_size = 16,
                    .hidden_size = 32,
                    .txt_hidden_size = 32,
                    .depth_double = 2,
                    .txt_preamble_depth = 1,
                    .num_heads = 2,
                    .head_dim = 16,
                    .pca_channels = 8,
                    .prompt_length = 40};
  config.phases[0].resolution = 32;
  const auto shallow = plan(config);
  config.minit2i.depth_double = 6;  // of which two are measured
  const auto deep = plan(config);
  const auto block = 2 * (4 * 32 * 32 + 4 * 32 + 3 * 32 * 88 + 2 * 32) + 2 * 16;
  EXPECT_EQ(deep.parameters - shallow.parameters, 4 * block);
  EXPECT_GT(deep.gflop_picture, 2 * shallow.gflop_picture);
  EXPECT_EQ(deep.memory.size(), 4);  // fp32 and bf16, each with blocks computed again or not
  config.lora.rank = 2;
  config.start_from = "somewhere";
  config.dtype = "bf16";  // whatever it is computed in here, both are told
  const auto changes = plan(config);
  EXPECT_EQ(changes.memory.size(), 4);
  EXPECT_LT(changes.memory[1].activations, changes.memory[0].activations);
}

TEST(PeakOfAllocations, IsTheMostAtOnce) {
  EXPECT_EQ(peak_of_allocations([] {
              { const auto a = torch::empty({1000}), b = torch::empty({500}); }
              const auto c = torch::empty({800});
            }),
            4 * 1500);
}

}  // namespace
}  // namespace imagine::bench
