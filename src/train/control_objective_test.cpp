#include "train/control_objective.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

constexpr int64_t kSide = 16;

/// Two pictures: a white square from (4, 4) to (12, 12) as thing 1 on black, of known depth; and
/// nothing on grey, whose depth is not known.
Batch batch() {
  auto pixels = torch::full({2, 3, kSide, kSide}, -1.0F);
  pixels[0].narrow(1, 4, 8).narrow(2, 4, 8).fill_(1);
  pixels[1].fill_(0);
  auto labels = torch::zeros({2, 3, kSide, kSide}, torch::kUInt8);
  labels[0][0].narrow(0, 4, 8).narrow(1, 4, 8).fill_(1);
  labels[0][1].fill_(51), labels[0][2].fill_(255);
  auto batch = with_some_text(pixels);
  batch.annotations = {.labels = labels,
                       .phrases = torch::ones({2, models::kMostThings, kTinyTextWidth}),
                       .palette = torch::ones({2, models::kMostColours, 5})};
  return batch;
}

Tensor chances(double value) { return torch::full({2, kControlChances}, float(value)); }

models::ControlInput told(double chance) {
  const auto of = batch();
  return told_of(of.pixels, of.annotations, chances(chance));
}

TEST(ControlObjective, WithTheLowestChancesAllIsTold) {
  const auto all = told(0);
  EXPECT_TRUE(torch::allclose(all.boxes[0][0], torch::tensor({0.25F, 0.25F, 0.75F, 0.75F})));
  EXPECT_EQ(all.boxes[0][1].abs().sum().item<double>(), 0);
  const auto covered = torch::tensor({{0, 0, 0, 0}, {0, 1, 1, 0}, {0, 1, 1, 0}, {0, 0, 0, 0}});
  EXPECT_TRUE(torch::equal(all.coverage[0][0], covered.to(torch::kFloat)));
  EXPECT_EQ(all.coverage[1].sum().item<double>(), 0);
  EXPECT_TRUE(
      torch::equal(all.told, torch::tensor({{1.0F, 1.0F, 1.0F, 1.0F}, {1.0F, 1.0F, 0.0F, 1.0F}})))
      << "the second's depth is not known";
  const auto plane = [&](models::Plane which) { return all.planes[0][int64_t(which)]; };
  EXPECT_EQ(plane(models::Plane::silhouette).sum().item<double>(), 64);
  EXPECT_NEAR(plane(models::Plane::nearness).mean().item<double>(), 0.2, 1e-6);
  EXPECT_GT(plane(models::Plane::edges).sum().item<double>(), 20);
  EXPECT_GT(plane(models::Plane::scribble).sum().item<double>(),
            plane(models::Plane::edges).sum().item<double>())
      << "a hand's lines are thicker";
  EXPECT_EQ(all.palette.min().item<double>(), 1);
}

TEST(ControlObjective, WithTheHighestNothingIs) {
  const auto none = told(0.999);
  EXPECT_EQ(none.coverage.sum().item<double>(), 0);
  EXPECT_EQ(none.told.sum().item<double>(), 0);
  EXPECT_EQ(none.palette.abs().sum().item<double>(), 0);
}

TEST(ControlObjective, TheBaseStaysAndTheAdapterLearns) {
  torch::manual_seed(1);
  auto config = tiny_networks();
  config.control = {.width = 8, .depth = 1};
  ControlObjective objective(config);
  for (const auto& parameter : objective.network().parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
  }
  auto generator = at::detail::createCPUGenerator(1);
  const Phase phase{.resolution = kSide, .batch = 2};
  auto lesson = objective.prepared(batch(), phase, generator);
  lesson.control = told(0);
  EXPECT_EQ(rows_of(lesson, 1, 1).control->boxes.size(0), 1);
  objective.loss(lesson).backward();
  double moved = 0;
  for (const auto& parameter : objective.trained().parameters()) {
    if (parameter.grad().defined()) moved += parameter.grad().abs().sum().item<double>();
  }
  EXPECT_GT(moved, 0);
}

}  // namespace
}  // namespace imagine::train
