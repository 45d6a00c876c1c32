#include "cli/options.h"

#include <gmock/gmock.h>

namespace imagine::cli {
namespace {

std::string told(CLI::Validator validator, std::string given) { return validator(given); }

TEST(Options, NumbersBetweenTwo) {
  for (const auto* given : {"0", "65535", "80", "1e3"}) {
    EXPECT_EQ(told(between(0, 65535), given), "") << given;
  }
  for (const auto* given : {"-1", "65536", "nan", "inf", "many", ""}) {
    EXPECT_EQ(told(between(0, 65535), given), concat("expected 0 to 65535, got ", given));
  }
}

TEST(Options, NumbersFromOneOnAsFarAsTheTypeHoldsThem) {
  EXPECT_EQ(told(at_least(1), "2147483647"), "");
  EXPECT_EQ(told(at_least(std::int64_t(1)), "2147483648"), "");
  for (const auto* given : {"0", "2147483648", "nan", "99999999999999999999999"}) {
    EXPECT_EQ(told(at_least(1), given), concat("expected at least 1, got ", given));
  }
}

TEST(Options, NamesAndWhatWasMeant) {
  EXPECT_EQ(told(one_of({"bf16", "fp32"}), "fp32"), "");
  EXPECT_EQ(told(one_of({"bf16", "fp32"}), "fp31"),
            "expected bf16, fp32, got fp31; did you mean fp32?");
}

}  // namespace
}  // namespace imagine::cli
