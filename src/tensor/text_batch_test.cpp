#include "tensor/text_batch.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::tensor {
namespace {

TextEmbedding text(int64_t count, int64_t length) {
  return {.states = torch::randn({count, length, 3}),
          .mask = torch::ones({count, length}, torch::kBool)};
}

TEST(TextMean, LeavesThePaddingOut) {
  const auto states = torch::tensor({1.F, 3.F, 100.F, 2.F, 4.F, 9.F}).view({2, 3, 1});
  const auto mask = torch::tensor({{true, true, false}, {true, true, true}});
  const auto mean = text_mean({.states = states.to(torch::kHalf), .mask = mask});
  EXPECT_EQ(mean.scalar_type(), torch::kFloat);
  EXPECT_TRUE(torch::equal(mean, torch::tensor({2.F, 5.F}).view({2, 1})));
}

TEST(Joined, PadsTheShorterOneWhicheverItIs) {
  const auto one = text(1, 2), two = text(2, 4);
  const auto up = joined({&one, &two}), down = joined({&two, &one});
  EXPECT_EQ(up.states.sizes(), (std::vector<int64_t>{3, 4, 3}));
  EXPECT_TRUE(torch::equal(up.states[0].narrow(0, 0, 2), one.states[0]));
  EXPECT_TRUE(torch::equal(up.states.narrow(0, 1, 2), two.states));
  EXPECT_TRUE(torch::equal(up.mask.sum(1), torch::tensor({2, 4, 4})));
  EXPECT_TRUE(torch::equal(down.states[2], up.states[0]));
  EXPECT_TRUE(torch::equal(down.mask.sum(1), torch::tensor({4, 4, 2})));
  EXPECT_TRUE(torch::allclose(text_mean(up)[0], text_mean(one)[0]));
}

TEST(ToDevice, MovesStatesAndMask) {
  const auto moved = to_device(text(1, 2), torch::kMeta);
  EXPECT_TRUE(moved.states.is_meta());
  EXPECT_TRUE(moved.mask.is_meta());
}

}  // namespace
}  // namespace imagine::tensor
