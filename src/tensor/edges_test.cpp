#include "tensor/edges.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::tensor {
namespace {

Tensor grey(int64_t side, double value) { return torch::full({1, 3, side, side}, value); }

TEST(Edges, AStepIsALineOfOnePixel) {
  auto pixels = grey(16, -1);
  pixels.narrow(3, 8, 8).fill_(1);
  const auto edges = edges_of(pixels)[0][0];  // [16, 16]
  EXPECT_TRUE(edges.sum(1).eq(1).all().item<bool>()) << edges;
  EXPECT_EQ(edges.narrow(1, 7, 2).sum().item<int>(), 16);
  const auto turned = edges_of(pixels.transpose(2, 3))[0][0];
  EXPECT_TRUE(torch::equal(turned, edges.t()));
}

TEST(Edges, ASquareHasAClosedBorder) {
  auto pixels = grey(32, 0);
  pixels.narrow(2, 8, 16).narrow(3, 8, 16).fill_(0.9);
  const auto edges = edges_of(pixels)[0][0];
  const auto count = edges.sum().item<int>();
  EXPECT_GT(count, 48);
  EXPECT_LT(count, 72);
  EXPECT_EQ(edges.narrow(0, 12, 8).narrow(1, 12, 8).sum().item<int>(), 0) << "nothing inside";
}

TEST(Edges, PlainAndSlowlyChangingPicturesHaveNone) {
  EXPECT_EQ(edges_of(grey(16, 0.3)).sum().item<int>(), 0);
  const auto slope = torch::linspace(-1, 1, 64).view({1, 1, 1, 64}).expand({1, 3, 64, 64});
  EXPECT_EQ(edges_of(slope).sum().item<int>(), 0);
}

TEST(Edges, AColourAloneIsSeen) {
  auto pixels = grey(16, 0);
  pixels.select(1, 2).narrow(2, 8, 8).fill_(0.9);  // blue
  EXPECT_EQ(edges_of(pixels).sum().item<int>(), 16);
}

TEST(Edges, AFaintLineGoesOnWhereItBeganStrong) {
  // A step that is strong above and faint below, and a faint one alone.
  auto pixels = grey(32, -0.5);
  const auto fading = torch::linspace(0.9, 0.25, 32).view({1, 1, 32, 1});
  pixels.narrow(3, 16, 16).add_(fading);
  const auto together = edges_of(pixels)[0][0];
  EXPECT_EQ(together.narrow(0, 26, 6).sum().item<int>(), 6);
  auto faint = grey(32, -0.5);
  faint.narrow(3, 16, 16).add_(0.3);
  EXPECT_EQ(edges_of(faint).sum().item<int>(), 0);
}

TEST(Edges, OfABatchEachAlone) {
  torch::manual_seed(3);
  const auto pixels = torch::rand({2, 3, 24, 24}) * 2 - 1;
  const auto both = edges_of(pixels);
  EXPECT_TRUE(torch::equal(both.narrow(0, 1, 1), edges_of(pixels.narrow(0, 1, 1))));
}

}  // namespace
}  // namespace imagine::tensor
