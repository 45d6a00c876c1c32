#include "core/number.h"

#include <gtest/gtest.h>

#include "core/trimmed.h"

namespace imagine {
namespace {

TEST(Number, IsAllOfItsText) {
  EXPECT_EQ(real_number("0.25"), 0.25);
  EXPECT_EQ(real_number("-3e2"), -300);
  for (const char* text : {"", " 1", "1 ", "1.2.3", "one", "inf", "nan", "1e999", "0x10", "+1"}) {
    EXPECT_EQ(real_number(text), std::nullopt) << text;
  }
  EXPECT_EQ(whole_number("-7"), -7);
  EXPECT_EQ(whole_number("7.0"), std::nullopt);
  EXPECT_EQ(real_number(shortest(0.1)), 0.1);
}

TEST(Trimmed, LeavesWhatStandsBetween) {
  EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
  EXPECT_EQ(trimmed("\na\n", " "), "\na\n");
  EXPECT_EQ(trimmed(" \t"), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace imagine
