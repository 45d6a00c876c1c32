#include "evaluate/composition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "data/holdout.h"

namespace imagine::evaluate {
namespace {

using data::Relation;
using testing::IsEmpty;

const Found kRedBall{.shape = "sphere", .colour = "red", .x = -1, .z = 0};
const Found kBlueCube{.shape = "cube", .colour = "blue", .x = 1, .z = 0.2};

CompositionPrompt asking(std::vector<Asked> things, std::optional<Relation> relation = {}) {
  return {.task = Task::binding, .text = "", .things = std::move(things), .relation = relation};
}

TEST(Composition, PromptsAreDifferentAndStayTheSame) {
  for (const auto task : kTasks) {
    const auto prompts = prompts_of(task, {.count = 40}), again = prompts_of(task, {.count = 40});
    std::set<std::string> texts;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(prompts[i].text, again[i].text);
      EXPECT_FALSE(prompts[i].held_out);
      texts.insert(prompts[i].text);
    }
    EXPECT_EQ(texts.size(), prompts.size());
    EXPECT_GE(prompts.size(), task == Task::object        ? 5u
                              : task == Task::two_objects ? 20u
                                                          : 40u)
        << name_of(task);
  }
}

TEST(Composition, HeldOutPromptsHoldWhatTrainingNeverSees) {
  EXPECT_THAT(prompts_of(Task::object, {.held_out = true}), IsEmpty());
  EXPECT_THAT(prompts_of(Task::two_objects, {.held_out = true}), IsEmpty());
  EXPECT_EQ(prompts_of(Task::colour, {.held_out = true}).size(), data::held_out_pairs().size());
  for (const auto& prompt : prompts_of(Task::count, {.held_out = true})) {
    EXPECT_EQ(prompt.things[0].count, 5);
  }
  EXPECT_GE(prompts_of(Task::relation, {.held_out = true}).size(), 100u);
  EXPECT_GE(prompts_of(Task::binding, {.held_out = true}).size(), 100u);
}

TEST(Composition, PromptsReadAsCaptionsDo) {
  const auto relation = prompts_of(Task::relation, {.count = 1}).front();
  const auto text = data::related(
      data::Language::english,
      data::english_indefinite(relation.things[0].colour + " " + relation.things[0].shape),
      *relation.relation,
      data::english_indefinite(relation.things[1].colour + " " + relation.things[1].shape));
  EXPECT_EQ(relation.text, text);
  const PromptOptions italian{.language = data::Language::italian, .count = 200};
  EXPECT_THAT(prompts_of(Task::colour, italian),
              testing::Contains(testing::Field(&CompositionPrompt::text, "una sfera rossa")));
}

TEST(Composition, APictureShowsWhatWasAskedForAndNothingElse) {
  const auto both = asking({{"sphere", "red"}, {"cube", "blue"}});
  EXPECT_TRUE(shows(both, {kRedBall, kBlueCube}));
  EXPECT_TRUE(shows(both, {kBlueCube, kRedBall}));
  EXPECT_FALSE(shows(both, {kRedBall}));
  EXPECT_FALSE(shows(both, {kRedBall, kBlueCube, kBlueCube}));
  EXPECT_FALSE(shows(both, {{"sphere", "blue"}, {"cube", "red"}}));
  EXPECT_TRUE(shows(asking({{"sphere"}}), {kRedBall}));
  EXPECT_FALSE(shows(asking({{"sphere"}}), {kBlueCube}));
  EXPECT_FALSE(shows(asking({{"sphere"}}), {}));
}

TEST(Composition, ThingsAreCounted) {
  const auto three = asking({{"sphere", "red", 3}});
  EXPECT_TRUE(shows(three, {3, kRedBall}));
  EXPECT_FALSE(shows(three, {2, kRedBall}));
  EXPECT_FALSE(shows(three, {4, kRedBall}));
  EXPECT_FALSE(shows(three, {kRedBall, kRedBall, kBlueCube}));
}

TEST(Composition, RelationsAreSeenFromTheCamera) {
  const std::vector<Asked> things = {{"sphere", "red"}, {"cube", "blue"}};
  const auto stand = [&](Relation relation, const Found& ball, const Found& cube) {
    return shows(asking(things, relation), {cube, ball});
  };
  EXPECT_TRUE(stand(Relation::left, kRedBall, kBlueCube));
  EXPECT_FALSE(stand(Relation::right, kRedBall, kBlueCube));
  EXPECT_FALSE(stand(Relation::behind, kRedBall, kBlueCube));
  auto far = kRedBall;
  far.x = 1.1, far.z = 2;
  EXPECT_TRUE(stand(Relation::behind, far, kBlueCube));
  EXPECT_FALSE(stand(Relation::in_front, far, kBlueCube));
  EXPECT_FALSE(stand(Relation::right, far, kBlueCube));
}

TEST(Composition, AWordForAnyColourTakesTheBodyThatTheOthersLeave) {
  const Found red_cube{.shape = "cube", .colour = "red"};
  EXPECT_TRUE(shows(asking({{"cube"}, {"cube", "blue"}}), {kBlueCube, red_cube}));
}

}  // namespace
}  // namespace imagine::evaluate
