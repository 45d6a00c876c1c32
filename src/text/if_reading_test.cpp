#include "text/if_reading.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::text {
namespace {

TEST(IfReading, ShowsLowerCasedPromptsWithTheirPadding) {
  const fs::path folder = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/text_encoder";
  const auto plain = load_text_encoder(folder, torch::kFloat);
  const auto reading = read_as_if(load_text_encoder(folder, torch::kFloat));
  const auto text = reading->encode({" A Red Cube", "x"});
  EXPECT_TRUE(torch::equal(text.states, plain->encode({"a red cube", "x"}, kIfLength).states));
  EXPECT_EQ(text.states.size(1), kIfTokens);
  EXPECT_TRUE(text.mask.all().item<bool>());
  EXPECT_EQ(reading->width(), plain->width());
  EXPECT_NE(reading->identity(), plain->identity());
}

}  // namespace
}  // namespace imagine::text
