#include "cli/option_places.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace imagine::cli {
namespace {

class OptionPlaces : public testing::Test {
 protected:
  OptionPlaces() {
    for (const auto* name : {"--size", "--aspect-method", "--thing", "--region", "--palette",
                             "--control-until", "--style-weight", "--style-from", "--extend"}) {
      command_.add_option(name, value_);
    }
  }

  std::string told(const std::string& message) const { return in_options(message, command_); }

 private:
  std::string value_;
  CLI::App command_;
};

TEST_F(OptionPlaces, AFieldIsItsOption) {
  EXPECT_EQ(told("size: expected one of 64, 128, got 77"),
            "--size: expected one of 64, 128, got 77");
  EXPECT_EQ(told("aspect_method: expected windows"), "--aspect-method: expected windows");
  EXPECT_EQ(told("control.until: expected more than 0, got 0"),
            "--control-until: expected more than 0, got 0");
  EXPECT_EQ(told("style.weight: expected more than 0, got 0"),
            "--style-weight: expected more than 0, got 0");
}

TEST_F(OptionPlaces, AMemberStandsBehindItsOption) {
  EXPECT_EQ(told("extend.top: expected 0 .. 1, got 3"), "--extend: top: expected 0 .. 1, got 3");
  EXPECT_EQ(told("extend: expected a side"), "--extend: expected a side");
  EXPECT_EQ(told("style: expected none: this model"), "--style-from: expected none: this model");
}

TEST_F(OptionPlaces, AMemberOfAListIsCountedFromOne) {
  EXPECT_EQ(told("control.layout[0].box: expected x, y, got 2"),
            "--thing 1: box: expected x, y, got 2");
  EXPECT_EQ(told("regions[11].prompt: expected words, got none"),
            "--region 12: prompt: expected words, got none");
  EXPECT_EQ(told("control.palette[1].share: expected more than 0, got 0"),
            "--palette 2: share: expected more than 0, got 0");
  EXPECT_EQ(told("control.palette: expected shares of 1 in all, got 3"),
            "--palette: expected shares of 1 in all, got 3");
}

TEST_F(OptionPlaces, AnythingElseStaysAsItIs) {
  for (const auto* message :
       {"picture.png: expected PNG, got text", "prompt: expected some text, got none",
        "size: cannot read: No such file", "control: expected a model with a control adapter",
        "regions[x].png: expected PNG, got text", "--size: expected a number, got big",
        "sizes: expected nothing", ""}) {
    EXPECT_EQ(told(message), message);
  }
}

}  // namespace
}  // namespace imagine::cli
