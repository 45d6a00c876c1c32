#include "train/moved_views.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

constexpr int64_t kSide = 40, kRows = 64;

/// A white square from (15, 10) to (25, 30) as thing 1 on grey; the last picture has none.
Batch batch() {
  auto pixels = torch::zeros({kRows, 3, kSide, kSide});
  pixels.narrow(2, 10, 20).narrow(3, 15, 10).fill_(1);
  auto labels = torch::zeros({kRows, 3, kSide, kSide}, torch::kUInt8);
  labels.select(1, 0).narrow(1, 10, 20).narrow(2, 15, 10).fill_(1);
  labels[kRows - 1].fill_(0);
  auto batch = with_some_text(pixels);
  batch.annotations = {.labels = labels,
                       .phrases = torch::zeros({kRows, 1, 1}),
                       .palette = torch::zeros({kRows, 1, 5})};
  return batch;
}

/// Rows and columns of the thing: first and last.
struct Span {
  int64_t first, last;
};

Span span_of(const Tensor& labels, int64_t over) {
  const auto seen = labels[0].amax(over).nonzero().flatten();
  return {seen.min().item<int64_t>(), seen.max().item<int64_t>()};
}

TEST(MovedViews, ThingsComeToLieAnywhereWholeAndSmaller) {
  torch::manual_seed(1);
  auto chance = torch::rand({kRows, kMoveChances});
  chance.select(1, 0).fill_(0);
  const auto moved = moved_views(batch(), torch::full({kRows}, 0.1), chance);
  int64_t leftmost = kSide, rightmost = 0, lowest = 0, highest = kSide;
  for (int64_t i = 0; i + 1 < kRows; ++i) {
    const auto labels = moved.annotations.labels[i];
    const auto across = span_of(labels, 0), down = span_of(labels, 1);
    const double scale = 0.6 + 0.4 * chance[i][1].item<double>();
    EXPECT_NEAR(double(across.last - across.first + 1), 10 * scale, 1.01);
    EXPECT_NEAR(double(down.last - down.first + 1), 20 * scale, 1.01);
    leftmost = std::min(leftmost, across.first), rightmost = std::max(rightmost, across.last);
    highest = std::min(highest, down.first), lowest = std::max(lowest, down.last);
    const auto white = moved.pixels[i][0].gt(0.5);
    const auto differing = white.ne(labels[0].gt(0)).sum().item<int64_t>();
    EXPECT_LT(differing, 40) << "the labels move with the picture";
  }
  EXPECT_LT(leftmost, 3);
  EXPECT_GT(rightmost, kSide - 4);
  EXPECT_LT(highest, 3);
  EXPECT_GT(lowest, kSide - 4);
}

TEST(MovedViews, WhatIsNearlyCleanOrHasNoThingsStays) {
  const auto before = batch();
  const auto chance = torch::full({kRows, kMoveChances}, 0.2);
  const auto clean = moved_views(before, torch::full({kRows}, 0.5), chance);
  EXPECT_TRUE(torch::equal(clean.pixels, before.pixels));
  EXPECT_TRUE(torch::equal(clean.annotations.labels, before.annotations.labels));
  const auto noisy = moved_views(before, torch::full({kRows}, 0.3), chance);
  EXPECT_FALSE(torch::equal(noisy.pixels[0], before.pixels[0]));
  EXPECT_TRUE(torch::equal(noisy.pixels[kRows - 1], before.pixels[kRows - 1]));
  const auto spared = moved_views(before, torch::full({kRows}, 0.3), chance + 0.4);
  EXPECT_TRUE(torch::equal(spared.pixels, before.pixels)) << "half of the rows";
}

}  // namespace
}  // namespace imagine::train
