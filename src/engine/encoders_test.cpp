#include "engine/encoders.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::engine {
namespace {

/// The embedded encoder, said to be of so many bytes.
models::TextRule rule_of(std::uint64_t bytes) {
  return {.text_encoder = IMAGINE_SOURCE_DIR "/models/imagine-small/text_encoder", .bytes = bytes};
}

TEST(Encoders, OnlyALargeOneIsLetGo) {
  constexpr std::uint64_t kSmall = 1000, kLarge = std::uint64_t(1) << 30;
  for (const auto bytes : {kSmall, kLarge}) {
    WeightCache weights({.bytes = 2 * kLarge});
    Encoders encoders({}, weights);
    const auto rule = rule_of(bytes);
    const auto read = [&] {
      return encoders.encode(rule, {.prompt = "a red cube"}, {.on_cut = {}, .stop = {}})
          .text.states;
    };
    const auto states = read();
    EXPECT_FALSE(weights.has_room(2 * kLarge));
    encoders.let_go();
    EXPECT_EQ(weights.has_room(2 * kLarge), bytes == kLarge);
    encoders.let_go();  // of nothing
    EXPECT_TRUE(torch::equal(read(), states));
    EXPECT_FALSE(weights.has_room(2 * kLarge));
  }
}

}  // namespace
}  // namespace imagine::engine
