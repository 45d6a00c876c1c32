#include "imagine/styles.h"

#include <gmock/gmock.h>
#include <set>

#include "imagine/error.h"

namespace imagine {
namespace {

TEST(NamedStyles, HaveNamesOfTheirOwnAndAPlaceForThePrompt) {
  std::set<std::string> names;
  for (const auto& [name, prompt, negative] : named_styles()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    const std::string text = prompt;
    EXPECT_NE(text.find("{prompt}"), text.npos) << name;
    EXPECT_EQ(text.find("{prompt}"), text.rfind("{prompt}")) << name;
  }
}

TEST(ApplyStyle, PutsItsWordsAroundThePrompt) {
  Request request{.prompt = "a cat {prompt}", .negative = "dogs"};
  apply_style(request, "watercolour");
  EXPECT_EQ(request.prompt, "a watercolour painting of a cat {prompt}, wet edges, white paper");
  EXPECT_EQ(request.negative, "dogs, photo");
  Request plain{.prompt = "a cat"};
  apply_style(plain, "photo");
  EXPECT_EQ(plain.prompt, "a photo of a cat");
  EXPECT_EQ(plain.negative, "");
  EXPECT_THAT([&] { apply_style(plain, "watercolor"); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("did you mean watercolour")));
}

}  // namespace
}  // namespace imagine
