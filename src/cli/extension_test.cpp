#include "cli/extension.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::cli {
namespace {

TEST(Extension, SidesAreNamed) {
  EXPECT_EQ(extension_of("right:0.5"), (Extension{.right = 0.5}));
  EXPECT_EQ(extension_of("left:0.25, bottom : 1"), (Extension{.left = 0.25, .bottom = 1}));
  EXPECT_EQ(extension_of("top:0.5,top:0.25"), (Extension{.top = 0.25})) << "the last one counts";
}

TEST(Extension, APartAloneIsOfAllSides) {
  EXPECT_EQ(extension_of("0.25"),
            (Extension{.left = 0.25, .right = 0.25, .top = 0.25, .bottom = 0.25}));
  EXPECT_EQ(extension_of("0.25,top:0"), (Extension{.left = 0.25, .right = 0.25, .bottom = 0.25}));
}

TEST(Extension, AnythingElseIsRefused) {
  for (const auto* text :
       {"right", "up:0.5", ":0.5", "right:", "right:x", "right=0.5", "right:0.5;"}) {
    EXPECT_THROW(extension_of(text), InputError) << text;
  }
}

}  // namespace
}  // namespace imagine::cli
