#include "text/emphasis.h"

#include <cmath>
#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::text {
namespace {

TEST(Emphasis, ATokenHasTheWeightOfItsFirstLettersPart) {
  const std::vector<WeightedText> parts = {{"a ", 1}, {"red", 2}, {" cube", 0.5}, {"s", 0}};
  ASSERT_EQ(text_of(parts), "a red cubes");
  const std::vector<Token> tokens = {{.id = 9},
                                     {.id = 1, .begin = 0, .end = 1},
                                     {.id = 2, .begin = 1, .end = 5},   // " red", as T5 has it
                                     {.id = 3, .begin = 6, .end = 10},  // "cube"
                                     {.id = 4, .begin = 10, .end = 11},
                                     {.id = 9}};
  const auto emphasis = emphasis_of(tokens, parts, 8)[0];
  const std::vector<double> expected = {1, 1, 2, 0.5, 0, 1, 1, 1};
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(std::exp(emphasis[i].item<double>()), expected[std::size_t(i)], 1e-6) << i;
  }
}

TEST(Emphasis, TokensThatAreCutAreLeftOut) {
  EXPECT_EQ(emphasis_of({{.id = 1, .begin = 0, .end = 1}, {.id = 2, .begin = 1, .end = 2}},
                        {{"ab", 3}}, 1)
                .size(1),
            1);
}

}  // namespace
}  // namespace imagine::text
