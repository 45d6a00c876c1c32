#include "text/caption.h"

#include <gtest/gtest.h>

#include "imagine/error.h"
#include "io/json_file.h"

namespace imagine::text {
namespace {

TEST(LowerCased, IsWhatPythonsLowerAndStripMake) {
  EXPECT_EQ(lower_cased(" A Photo, of ÈÀ\u00a0"), "a photo, of èà");
  EXPECT_EQ(lower_cased("ΟΔΟΣ ΣΑ"), "οδος σα");  // the last sigma of a word has its own form
  EXPECT_EQ(lower_cased("İstanbul"), "i̇stanbul");
  EXPECT_EQ(lower_cased("\t\n🦊\u3000"), "🦊");
  EXPECT_EQ(lower_cased(" \n "), "");
  EXPECT_THROW(lower_cased("\xff"), InputError);
}

/// Captions, and what diffusers' IFPipeline makes of them with beautifulsoup4 and ftfy.
TEST(CleanedCaption, IsDiffusers) {
  const auto path = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/captions.json";
  for (const auto& pair : io::read_json(path)) {
    const auto caption = pair[0].get<std::string>();
    EXPECT_EQ(cleaned_caption(caption), pair[1].get<std::string>()) << caption;
  }
}

TEST(CleanedCaption, BrokenMarkupIsNoHarm) {
  for (const auto* caption :
       {"<", "<b", "&#;", "&#xfffffff;", "a < b > c", "<!--", "%", "%f", "&"}) {
    EXPECT_NO_THROW(cleaned_caption(caption)) << caption;
  }
  EXPECT_EQ(cleaned_caption("3 < 4"), "3 < 4");
  EXPECT_THROW(cleaned_caption("\xff"), InputError);
}

TEST(Caption, PartsAreLowerCasedAsTheirWhole) {
  const std::vector<WeightedText> parts = {{" \u00a0", 1}, {"  A ", 2}, {"RED ", 1}, {" \t", 3}};
  const std::vector<WeightedText> expected = {{"", 1}, {"a ", 2}, {"red", 1}, {"", 3}};
  EXPECT_EQ(lower_cased(parts), expected);
  for (const std::string prompt : {" A Cube ", "\u00a0\u00c9T\u00c9\u3000", "", "\n"}) {
    EXPECT_EQ(lower_cased(std::vector<WeightedText>{{prompt}}).front().text, lower_cased(prompt));
  }
}

}  // namespace
}  // namespace imagine::text
