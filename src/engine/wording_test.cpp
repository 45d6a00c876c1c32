#include "engine/wording.h"

#include <cmath>
#include <gmock/gmock.h>

#include "engine/order.h"
#include "imagine/error.h"
#include "models/families.h"

namespace imagine::engine {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const models::Cascade& embedded() {
  static const auto cascade = models::open_cascade(IMAGINE_SOURCE_DIR "/models/imagine-small");
  return cascade;
}

Request with_regions(std::vector<Region> regions) {
  return {.prompt = "a field", .regions = std::move(regions), .size = 64};
}

void expect_refusal(const Request& request, const std::string& what,
                    const models::Cascade& cascade = embedded()) {
  EXPECT_THAT([&] { order_of(request, cascade); }, ThrowsMessage<InputError>(HasSubstr(what)));
}

TEST(Wording, BoxesLieInsideThePictureAndAreLargeEnough) {
  const auto refused = [](const Box& box) {
    expect_refusal(with_regions({{.prompt = "a"}, {.box = box, .prompt = "a"}}),
                   "regions[1].box: ");
  };
  refused({-0.1, 0, 0.5, 0.5}), refused({0.6, 0, 0.5, 0.5}), refused({0, 0, 0.5, 1.2});
  refused({0, 0, 0.5, 0}), refused({0, 0, -0.5, 0.5});
  refused({0.5, 0.5, 0.05, 0.5});  // less than four of 64 pixels
  refused({0, 0, std::nan(""), 0.5});
  EXPECT_NO_THROW(
      order_of(with_regions({{.box = {0.9, 0.9, 0.1, 0.1}, .prompt = "a"}}), embedded()));
  EXPECT_NO_THROW(
      order_of(with_regions({{.box = {0, 0, 0, 0}, .prompt = "the rest"}}), embedded()));
}

TEST(Wording, RegionsSayWhatIsWrongWithThem) {
  expect_refusal(with_regions({{.prompt = " "}}),
                 "regions[0].prompt: expected what is to be there");
  expect_refusal(with_regions({{.prompt = "a", .strength = 0}}), "regions[0].strength: ");
  expect_refusal(with_regions({{.prompt = "a", .feather = 0.7}}), "regions[0].feather: ");
  expect_refusal(with_regions({{.prompt = "a", .until = 1.5}}), "regions[0].until: ");
  expect_refusal(with_regions(std::vector<Region>(17, {.prompt = "a"})),
                 "regions: expected at most 16");
  auto cleaned = with_regions({{.prompt = "a"}});
  cleaned.clean_caption = true;
  expect_refusal(cleaned, "clean_caption: expected false");
}

TEST(Wording, SignsAloneAreNoPrompt) {
  const auto reading = [](const std::string& prompt) {
    return Request{.prompt = prompt, .prompt_syntax = PromptSyntax::a1111, .size = 64};
  };
  for (const auto* signs : {"()", " (:1.3) ", "[( )]", "[::0.5]"}) {
    expect_refusal(reading(signs), "prompt: expected some text, got none");
  }
  EXPECT_NO_THROW(order_of(reading("[a cube:0.5]"), embedded())) << "empty at first";
  EXPECT_NO_THROW(order_of(reading("\\(\\)"), embedded())) << "brackets are text";
  auto regional = reading("a field");
  regional.regions = {{{.prompt = "(:1.2)"}}};
  expect_refusal(regional, "regions[0].prompt: expected what is to be there, got nothing");
}

TEST(Wording, SignsAreReadOnceAndKept) {
  const Request request{.prompt = "a (red:1.5) [cube:ball:0.5] <region:0,0,0.5,1>a (dog)",
                        .negative = "a AND b",
                        .prompt_syntax = PromptSyntax::a1111,
                        .size = 64};
  const auto order = order_of(request, embedded());
  const auto& read = order.request;
  ASSERT_EQ(read.wording->size(), 2u);
  EXPECT_EQ(read.wording->at(1).from, 0.5);
  EXPECT_EQ(read.wording->at(0).clauses.front().parts[1], (WeightedText{"red", 1.5}));
  ASSERT_EQ(read.regions->size(), 1u);
  EXPECT_EQ(read.regions->front().parts[1], (WeightedText{"dog", 1.1}));
  EXPECT_EQ(read.negative_wording->front().clauses.size(), 1u);
  EXPECT_EQ(read.prompt, request.prompt) << "as it was written";
  const auto again = order_of(read, embedded()).request;
  EXPECT_EQ(again.wording, read.wording);
  EXPECT_EQ(again.regions, read.regions);
}

TEST(Wording, WhatCountsIsWhatWasReadNotTheText) {
  Request request{.prompt = "a (red) cube", .prompt_syntax = PromptSyntax::a1111, .size = 64};
  request.wording = std::vector<Wording>{{.from = 0, .clauses = {{.parts = {{"a blue ball", 1}}}}}};
  EXPECT_EQ(order_of(request, embedded()).request.wording, request.wording);
  request.wording->front().from = 0.5;
  expect_refusal(request, "wording: expected a first one from 0 on");
  request.wording = std::vector<Wording>{{.from = 0, .clauses = {}}};
  expect_refusal(request, "wording: clauses: expected 1 to 16, got 0");
  request.wording = std::vector<Wording>{{.from = 0, .clauses = {{.parts = {{"a", 200}}}}}};
  expect_refusal(request, "wording: parts: weight: expected 0 .. 100");
}

TEST(Wording, WhatIsReadIsBounded) {
  Request request{.prompt = "a", .prompt_syntax = PromptSyntax::a1111, .size = 64};
  for (int i = 0; i < 16; ++i) request.prompt += " AND a";
  expect_refusal(request, "wording: clauses: expected 1 to 16, got 17");
  std::vector<Wording> many;
  for (int i = 0; i < 65; ++i) {
    many.push_back({.from = i / 65.0, .clauses = {{.parts = {{std::to_string(i), 1}}}}});
  }
  request.wording = many;
  expect_refusal(request, "wording: expected at most 64 different texts");
  request.wording = std::vector<Wording>{
      {.from = 0, .clauses = {{.parts = {{std::string(std::size_t(1) << 21, 'a'), 1}}}}}};
  expect_refusal(request, "wording: expected at most 1048576 bytes");
  expect_refusal(with_regions({{.prompt = std::string("a\0b", 3)}}),
                 "regions[0].prompt: expected text");
  expect_refusal(with_regions({{.prompt = "a", .parts = {{"a", -1}}}}), "regions[0].parts: weight");
}

TEST(Wording, JoinedTextsAreDrawnByTheBase) {
  Request request{.prompt = "a cube AND a ball", .prompt_syntax = PromptSyntax::a1111, .size = 64};
  EXPECT_EQ(order_of(request, embedded()).settings.front().network, StageNetwork::base);
  request.prompt_syntax = PromptSyntax::plain;
  EXPECT_EQ(order_of(request, embedded()).settings.front().network, StageNetwork::distilled);
}

TEST(Wording, PlainRequestsStayAsTheyAre) {
  const auto order = order_of({.prompt = "a (red) [cube]", .size = 64}, embedded());
  EXPECT_FALSE(order.request.wording || order.request.regions || order.request.negative_wording);
  const auto without_signs = order_of({.prompt = "a red cube",
                                       .negative = "fog",
                                       .prompt_syntax = PromptSyntax::a1111,
                                       .regions = {{{.box = {0, 0, 0.5, 1}, .prompt = "a dog"}}},
                                       .size = 64},
                                      embedded())
                                 .request;
  EXPECT_FALSE(without_signs.prompt_syntax || without_signs.wording ||
               without_signs.negative_wording);
  EXPECT_TRUE(without_signs.regions->front().parts.empty());
}

/// What enlarges has no places that look for words.
TEST(Wording, AStageThatCannotSaysSo) {
  const auto refused = [](const Request& request, const std::string& what) {
    const auto& stage = *embedded().stages.back().spec;
    EXPECT_THAT([&] { check_words(request, stage); }, ThrowsMessage<InputError>(HasSubstr(what)));
  };
  refused({.prompt = "", .wording = {{{.clauses = {{.parts = {{"red", 1.5}}}}}}}},
          "prompt: expected words without weights");
  auto request = with_regions({{.box = {0, 0, 0.5, 1}, .prompt = "a"}});
  refused(request, "region_method: expected multidiffusion");
  request.region_method = RegionMethod::multidiffusion;
  EXPECT_NO_THROW(check_words(request, *embedded().stages.back().spec));
}

TEST(Wording, MiniT2iReadsWordsByPlaceAndWeight) {
  const auto cascade = models::open_cascade(IMAGINE_SOURCE_DIR "/tests/data/tiny-minit2i");
  Request request{.prompt = "a (red:1.5) cube", .prompt_syntax = PromptSyntax::a1111};
  EXPECT_NO_THROW(order_of(request, cascade));
  request.regions = {{.box = {0, 0, 0.5, 1}, .prompt = "a"}};
  EXPECT_NO_THROW(order_of(request, cascade));
}

}  // namespace
}  // namespace imagine::engine
