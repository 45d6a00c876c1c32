#include "engine/stage_texts.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "models/control_input.h"

namespace imagine::engine {
namespace {

using testing::ElementsAre;

/// Remembers what it was to read: the first number of each text's states.
struct Noted : models::TextState {
  std::vector<int> texts;
  bool unconditional;
  double strength = 0;  // of a control
};

class NotingNetwork : public models::Network {
 public:
  std::shared_ptr<const models::TextState> encode_text(const TextEmbedding& text,
                                                       const models::TextUse& use) const override {
    auto noted = std::make_shared<Noted>();
    const auto number = [](const TextEmbedding& of) {
      return int(of.states[0][0][0].item<float>());
    };
    noted->texts.push_back(number(text));
    for (const auto& region : use.regions) noted->texts.push_back(number(region.text));
    noted->unconditional = use.unconditional;
    if (use.control != nullptr) noted->strength = use.control->strength;
    return noted;
  }
  std::vector<diffusion::Prediction> evaluate(std::span<const models::Row>) const override {
    return {};
  }
  torch::Device device() const override { return torch::kCPU; }
};

TextEmbedding numbered(int number) {
  return {.states = torch::full({1, 1, 1}, float(number)),
          .mask = torch::ones({1, 1}, torch::kBool)};
}

std::vector<int> texts_of(const std::shared_ptr<const models::TextState>& state) {
  return static_cast<const Noted&>(*state).texts;
}

class StageTextsTest : public testing::Test {
 protected:
  std::vector<StepTexts> made(const Prompts& prompts, const Request& request = {}) const {
    models::SamplingPlan plan{.extent = {.width = 8, .height = 8}};
    plan.schedule.steps.resize(10);
    plan.guidance.scale = scale_;
    return stage_texts(
        prompts,
        {.network = network_, .plan = plan, .settings = {}, .request = request, .place = 4});
  }

  NotingNetwork network_;
  double scale_ = 3;
};

TEST_F(StageTextsTest, APlainPromptIsOneTextAndNoText) {
  const auto all = made({.texts = {{.clauses = {{numbered(7)}}}}});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(texts_of(all[0].texts.conditional), ElementsAre(7));
  EXPECT_TRUE(static_cast<const Noted&>(*all[0].texts.unconditional).unconditional);
  EXPECT_TRUE(all[0].texts.joined.empty());
}

TEST_F(StageTextsTest, WordingsTakeTurnsAtTheirSteps) {
  const auto all = made({.texts = {{.from = 0, .clauses = {{numbered(1)}}},
                                   {.from = 0.3, .clauses = {{numbered(2)}}}},
                         .negatives = {{.from = 0, .clauses = {{numbered(8)}}},
                                       {.from = 0.55, .clauses = {{numbered(9)}}}}});
  ASSERT_EQ(all.size(), 3u);
  const std::vector<std::tuple<int, int, int>> expected = {{0, 1, 8}, {3, 2, 8}, {6, 2, 9}};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& [step, text, negative] = expected[i];
    EXPECT_EQ(all[i].first_step, step);
    EXPECT_THAT(texts_of(all[i].texts.conditional), ElementsAre(text));
    EXPECT_THAT(texts_of(all[i].texts.unconditional), ElementsAre(negative));
    EXPECT_EQ(&texts_at(all, step), &all[i].texts);
  }
  EXPECT_EQ(&texts_at(all, 2), &all[0].texts);
  EXPECT_EQ(&texts_at(all, 9), &all[2].texts);
}

TEST_F(StageTextsTest, AControlCountsForBothTextsUntilItDoesNot) {
  const Control control{.layout = {{.phrase = "x"}}, .strength = 0.7, .until = 0.4};
  const auto all = made({.texts = {{.clauses = {{numbered(1)}}}}, .phrases = torch::zeros({1, 3})},
                        {.control = control});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].first_step, 4);
  const auto strength = [](const auto& state) {
    return static_cast<const Noted&>(*state).strength;
  };
  EXPECT_EQ(strength(all[0].texts.conditional), 0.7);
  EXPECT_EQ(strength(all[0].texts.unconditional), 0.7);
  EXPECT_EQ(strength(all[1].texts.conditional), 0);
  EXPECT_EQ(strength(all[1].texts.unconditional), 0);
}

TEST_F(StageTextsTest, RegionsCountUntilTheyDoNot) {
  const auto all = made({.texts = {{.clauses = {{numbered(1)}}}},
                         .regions = {{.region = {.until = 0.5}, .text = numbered(2)},
                                     {.region = {}, .text = numbered(3)}}});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(texts_of(all[0].texts.conditional), ElementsAre(1, 2, 3));
  EXPECT_EQ(all[1].first_step, 5);
  EXPECT_THAT(texts_of(all[1].texts.conditional), ElementsAre(1, 3));
  EXPECT_THAT(texts_of(all[0].texts.unconditional), ElementsAre(1)) << "of no text, no regions";
}

TEST_F(StageTextsTest, JoinedTextsHaveTheirWeightsAndNoTextTheRest) {
  scale_ = 1;
  const auto all = made({.texts = {{.clauses = {{numbered(1), 1}, {numbered(2), 0.5}}}}});
  ASSERT_EQ(all[0].texts.joined.size(), 2u);
  EXPECT_EQ(all[0].texts.joined[1].weight.item<double>(), 0.5);
  EXPECT_TRUE(all[0].texts.unconditional) << "though nothing guides";
}

TEST_F(StageTextsTest, PicturesOfRegionsShareEachPlace) {
  scale_ = 1;
  const Prompts prompts{
      .texts = {{.clauses = {{numbered(1)}}}},
      .regions = {{.region = {.box = {0, 0, 0.5, 1}, .strength = 0.75}, .text = numbered(2)}}};
  const auto texts = made(prompts, {.region_method = RegionMethod::multidiffusion})[0].texts;
  ASSERT_EQ(texts.joined.size(), 2u);
  EXPECT_THAT(texts_of(texts.joined[0].text), ElementsAre(1));
  EXPECT_THAT(texts_of(texts.joined[1].text), ElementsAre(2));
  const auto sum = texts.joined[0].weight + texts.joined[1].weight;
  EXPECT_TRUE(torch::allclose(sum, torch::ones({1, 1, 8, 8})));
  EXPECT_NEAR(texts.joined[1].weight[0][0][0][0].item<double>(), 0.75, 1e-6);
  EXPECT_NEAR(texts.joined[1].weight[0][0][0][7].item<double>(), 0, 1e-6);
  EXPECT_FALSE(texts.unconditional) << "they lack nothing";
}

}  // namespace
}  // namespace imagine::engine
