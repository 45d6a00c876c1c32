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
          .texts.front()
          .clauses.front()
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

TEST(Encoders, WordsHaveTheWeightsOfTheirParts) {
  WeightCache weights({.bytes = 1000});
  Encoders encoders({}, weights);
  const auto rule = rule_of(1000);
  const auto read = [&](const Request& request) {
    return encoders.encode(rule, request, {.on_cut = {}, .stop = {}});
  };
  const auto plain = read({.prompt = "a red cube"}).texts.front().clauses.front().text;
  EXPECT_FALSE(plain.emphasis.defined());
  const std::vector<Wording> wording = {
      {.from = 0, .clauses = {{.parts = {{"a ", 1}, {"red", 3}, {" cube", 1}}}}}};
  const auto weighed =
      read({.prompt = "a (red:3) cube", .wording = wording}).texts.front().clauses.front().text;
  EXPECT_TRUE(torch::equal(weighed.states, plain.states)) << "the encoder reads the words alone";
  const auto expected =
      torch::tensor({{1.0F, 1.0F, 3.0F, 1.0F, 1.0F}}).log();  // [CLS] a red cube [SEP]
  EXPECT_TRUE(torch::allclose(weighed.emphasis, expected)) << weighed.emphasis;
}

TEST(Encoders, ThingsOfALayoutAreWordsOfTheirBoxes) {
  WeightCache weights({.bytes = 1000});
  Encoders encoders({}, weights);
  const auto rule = rule_of(1000);
  const auto things = [&](double strength) {
    const LayoutThing cube{.box = {0, 0, 0.5, 1}, .phrase = "a red cube"};
    const Request request{.prompt = "grass",
                          .control = Control{.layout = {cube}, .strength = strength, .until = 0.8}};
    return encoders.encode(rule, request, {.on_cut = {}, .stop = {}}).things;
  };
  const auto told = things(1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].region.box, (Box{0, 0, 0.5, 1}));
  EXPECT_EQ(told[0].region.until, 0.8);
  EXPECT_EQ(told[0].region.strength, Region().strength);
  EXPECT_EQ(told[0].text.states.size(1), 5) << "[CLS] a red cube [SEP]";
  EXPECT_EQ(things(0.5)[0].region.strength, Region().strength / 2);
  EXPECT_EQ(things(2)[0].region.strength, 1) << "no more than all";
  EXPECT_TRUE(things(0).empty());
}

}  // namespace
}  // namespace imagine::engine
