#include "cli/regions.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::cli {
namespace {

TEST(RegionOption, IsABoxAndWords) {
  const auto region = region_of("0, 0.25,0.5 ,.75 :  a red cube: shiny ");
  EXPECT_EQ(region.box, (Box{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(region.prompt, "a red cube: shiny");
  EXPECT_EQ(region_of("background: grass").box, (Box{0, 0, 0, 0}));
}

TEST(RegionOption, RefusesWhatIsNone) {
  for (const char* text : {"", "a red cube", "0,0,1: a", "0,0,1,1,1: a", "0,0,one,1: a",
                           "0,0,1,: a", "0 0 1 1: a", ",,,: a"}) {
    EXPECT_THROW(region_of(text), InputError) << text;
  }
}

TEST(RegionOption, WhatHoldsForAllIsPutIntoEach) {
  Request request;
  set_words(request, {.regions = {"0,0,0.5,1: a", "background: b"}, .strength = 0.5, .until = 0.6});
  ASSERT_EQ(request.regions->size(), 2u);
  EXPECT_EQ(request.regions->at(1).strength, 0.5);
  EXPECT_EQ(request.regions->at(0).until, 0.6);
  EXPECT_EQ(request.regions->at(0).feather, 0);
  Request plain;
  set_words(plain, {});
  EXPECT_FALSE(plain.regions || plain.prompt_syntax || plain.region_method);
}

}  // namespace
}  // namespace imagine::cli
