#include "text/caption.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

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

}  // namespace
}  // namespace imagine::text
