#include "engine/prompt_syntax.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Parts = std::vector<std::pair<std::string, double>>;

Parts parts_of(const std::vector<WeightedText>& stretches) {
  Parts parts;
  for (const auto& [text, weight] : stretches) {
    parts.emplace_back(text, std::round(weight * 1e4) / 1e4);
  }
  return parts;
}

Parts parts_of(std::string_view text) { return parts_of(weighted(text)); }

/// What AUTOMATIC1111's parse_prompt_attention() gives for the same texts (webui 1.10, its own
/// examples and others run through it by hand).
TEST(PromptSyntax, BracketsAreReadAsAutomatic1111Does) {
  EXPECT_EQ(parts_of("normal text"), (Parts{{"normal text", 1}}));
  EXPECT_EQ(parts_of("an (important) word"), (Parts{{"an ", 1}, {"important", 1.1}, {" word", 1}}));
  EXPECT_EQ(parts_of("(unbalanced"), (Parts{{"unbalanced", 1.1}}));
  EXPECT_EQ(parts_of("\\(literal\\]"), (Parts{{"(literal]", 1}}));
  EXPECT_EQ(parts_of("(unnecessary)(parens)"), (Parts{{"unnecessaryparens", 1.1}}));
  EXPECT_EQ(parts_of("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))."),
            (Parts{{"a ", 1},
                   {"house", 1.573},
                   {" ", 1.1},
                   {"on", 1},
                   {" a ", 1.1},
                   {"hill", 0.55},
                   {", sun, ", 1.1},
                   {"sky", 1.4641},
                   {".", 1.1}}));
}

TEST(PromptSyntax, WhatMakesNoSignIsText) {
  EXPECT_EQ(parts_of("a) b] c"), (Parts{{"a) b] c", 1}}));
  EXPECT_EQ(parts_of("ratio 16:9, at 10:30"), (Parts{{"ratio 16:9, at 10:30", 1}}));
  EXPECT_EQ(parts_of("(a:b)"), (Parts{{"a:b", 1.1}}));
  EXPECT_EQ(parts_of("(a:1.2.3)"), (Parts{{"a:1.2.3", 1.1}}));
  EXPECT_EQ(parts_of("[weak"), (Parts{{"weak", 0.9091}}));
  EXPECT_EQ(parts_of("( a [ b ) c ]"), (Parts{{" a ", 1.1}, {" b ", 1}, {" c ", 0.9091}}));
  EXPECT_EQ(parts_of(""), (Parts{{"", 1}}));
  EXPECT_EQ(parts_of("end\\"), (Parts{{"end", 1}}));
  EXPECT_EQ(parts_of("a BREAK b, BREAKING"), (Parts{{"a  b, BREAKING", 1}}));
}

TEST(PromptSyntax, WeightsStayInBounds) {
  EXPECT_EQ(parts_of("(a:-3)"), (Parts{{"a", 0}}));
  EXPECT_EQ(parts_of("(a:1e9)"), (Parts{{"a:1e9", 1.1}})) << "A1111 knows no exponents";
  EXPECT_EQ(parts_of("(a:100000)"), (Parts{{"a", 100}}));
  EXPECT_EQ(parts_of("(a: +1.5 )"), (Parts{{"a", 1.5}}));
}

/// "0-3: a; 4-9: b", the text of the first clause over ten steps.
std::vector<std::string> over_steps(std::string_view prompt, std::int64_t steps = 10) {
  std::vector<std::string> said;
  for (const auto& wording : wordings_of(prompt, PromptSyntax::a1111, steps)) {
    std::string text;
    for (const auto& part : wording.clauses.front().parts) text += part.text;
    said.push_back(std::to_string(int(std::lround(wording.from * double(steps)))) + ": " + text);
  }
  return said;
}

TEST(PromptSyntax, SchedulesChangeWhatIsRead) {
  EXPECT_THAT(over_steps("a [cat:dog:0.3] here"), ElementsAre("0: a cat here", "3: a dog here"));
  EXPECT_THAT(over_steps("a [cat:dog:4]"), ElementsAre("0: a cat", "4: a dog"));
  EXPECT_THAT(over_steps("a [dog:0.5]"), ElementsAre("0: a ", "5: a dog"));
  EXPECT_THAT(over_steps("a [cat::0.5]"), ElementsAre("0: a cat", "5: a "));
  EXPECT_THAT(over_steps("a [cat:dog:99]"), ElementsAre("0: a cat"));
  EXPECT_THAT(over_steps("a [cat:dog:-1]"), ElementsAre("0: a dog"));
  EXPECT_THAT(over_steps("a [[red:blue:2] cat:dog:0.5]"),
              ElementsAre("0: a red cat", "2: a blue cat", "5: a dog"));
}

TEST(PromptSyntax, TurnsAlternateStepByStep) {
  EXPECT_THAT(over_steps("[cow|horse] in a field", 3),
              ElementsAre("0: cow in a field", "1: horse in a field", "2: cow in a field"));
  EXPECT_THAT(over_steps("[a|b|]x", 4), ElementsAre("0: ax", "1: bx", "2: x", "3: ax"));
}

TEST(PromptSyntax, WhatIsNoScheduleKeepsItsBrackets) {
  const auto weights = [](std::string_view prompt) {
    const auto wordings = wordings_of(prompt, PromptSyntax::a1111, 10);
    EXPECT_EQ(wordings.size(), 1u) << prompt;
    return parts_of(wordings.front().clauses.front().parts);
  };
  EXPECT_EQ(weights("a [cat:dog]"), (Parts{{"a ", 1}, {"cat:dog", 0.9091}}));
  EXPECT_EQ(weights("a [cat:dog:0.5"), (Parts{{"a ", 1}, {"cat:dog:0.5", 0.9091}}));
  EXPECT_EQ(weights("a | b [c|d]"), (Parts{{"a | b ", 1}, {"c|d", 0.9091}}));
  EXPECT_EQ(weights("\\[cat:dog:0.5\\]"), (Parts{{"[cat:dog:0.5]", 1}}));
  EXPECT_EQ(weights("[(a:b:0.5]"), (Parts{{"a:b:0.5", 1}}));
}

TEST(PromptSyntax, ClausesAreFollowedAtOnce) {
  const auto clauses =
      wordings_of("a cat AND a (dog:1.2) :0.8 AND BANDS", PromptSyntax::a1111, 10).front().clauses;
  ASSERT_EQ(clauses.size(), 3u);
  EXPECT_EQ(parts_of(clauses[0].parts), (Parts{{"a cat", 1}}));
  EXPECT_EQ(parts_of(clauses[1].parts), (Parts{{"a ", 1}, {"dog", 1.2}}));
  EXPECT_EQ(clauses[1].weight, 0.8);
  EXPECT_EQ(parts_of(clauses[2].parts), (Parts{{"BANDS", 1}}));
  const auto alone = wordings_of("at 10:30", PromptSyntax::a1111, 10).front().clauses;
  EXPECT_EQ(parts_of(alone[0].parts), (Parts{{"at 10:30", 1}})) << "no weight without AND";
}

TEST(PromptSyntax, PlainPromptsAreThemselves) {
  const auto wordings = wordings_of("a (red:2) [cat|dog] AND \\(", PromptSyntax::plain, 10);
  ASSERT_EQ(wordings.size(), 1u);
  EXPECT_EQ(parts_of(wordings[0].clauses[0].parts), (Parts{{"a (red:2) [cat|dog] AND \\(", 1}}));
}

TEST(PromptSyntax, LongOnesAreRefusedAndDeepOnesRead) {
  const auto deep = std::string(30000, '[') + "a:b:0.5" + std::string(30000, ']');
  EXPECT_EQ(wordings_of(deep, PromptSyntax::a1111, 4).size(), 2u);
  EXPECT_THROW(wordings_of(std::string(70000, 'a'), PromptSyntax::a1111, 4), InputError);
  std::string turns = "[";
  for (int i = 0; i < 100; ++i) turns += std::to_string(i) + "|";
  EXPECT_THAT([&] { wordings_of(turns + "]", PromptSyntax::a1111, 100); },
              ThrowsMessage<InputError>(HasSubstr("at most 64 different texts")));
}

TEST(PromptSyntax, SwarmsRegionsAreTakenOut) {
  const auto [prompt, regions] = regions_of(
      "a field <region:0,0.1,0.5,0.4> a red cube <region:0.5,0,0.5,1,0.7>a ball, blue"
      "<region:background>grass<region:end>, sunny");
  EXPECT_EQ(prompt, "a field , sunny");
  ASSERT_EQ(regions.size(), 3u);
  EXPECT_EQ(regions[0].box, (Box{0, 0.1, 0.5, 0.4}));
  EXPECT_EQ(regions[0].prompt, "a red cube");
  EXPECT_EQ(regions[0].strength, Region().strength);
  EXPECT_EQ(regions[1].strength, 0.7);
  EXPECT_EQ(regions[2].box, (Box{0, 0, 0, 0}));
  EXPECT_EQ(regions[2].prompt, "grass");
  EXPECT_THROW(regions_of("<region:1,2>a"), InputError);
  EXPECT_THROW(regions_of("<region:0,0,1,1"), InputError);
  EXPECT_THROW(regions_of("<region:a,b,c,d>x"), InputError);
  EXPECT_EQ(regions_of("no sign").regions.size(), 0u);
}

}  // namespace
}  // namespace imagine::engine
