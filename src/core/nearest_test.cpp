#include "core/nearest.h"

#include <gmock/gmock.h>

namespace imagine {
namespace {

const std::vector<std::string> kNames = {"generate", "edit", "upscale", "info",  "train",
                                         "grow",     "plan", "dataset", "judge", "evaluate"};

TEST(SlipsBetween, CountsLettersThatDiffer) {
  EXPECT_EQ(slips_between("", ""), 0u);
  EXPECT_EQ(slips_between("", "abc"), 3u);
  EXPECT_EQ(slips_between("train", "train"), 0u);
  EXPECT_EQ(slips_between("trian", "train"), 1u) << "two neighbours swapped";
  EXPECT_EQ(slips_between("upscal", "upscale"), 1u);
  EXPECT_EQ(slips_between("kitten", "sitting"), 3u);
  EXPECT_EQ(slips_between("flaw", "lawn"), slips_between("lawn", "flaw"));
}

TEST(Nearest, FindsEveryNameAfterOneSlip) {
  for (const auto& name : kNames) {
    for (std::size_t i = 0; i < name.size(); ++i) {
      auto dropped = name, doubled = name, changed = name, swapped = name;
      dropped.erase(i, 1);
      doubled.insert(i, 1, name[i]);
      changed[i] = 'x';
      if (i + 1 < name.size()) std::swap(swapped[i], swapped[i + 1]);
      for (const auto& slip : {dropped, doubled, changed, swapped}) {
        EXPECT_EQ(nearest(slip, kNames), name) << slip;
      }
    }
    EXPECT_EQ(nearest(name.substr(0, 3), kNames), name) << "its beginning";
  }
}

TEST(Nearest, FindsNothingWhereNothingIsNear) {
  for (const char* given : {"", "a", "xyz", "photograph", "?", "of", "in"}) {
    EXPECT_EQ(nearest(given, kNames), std::nullopt) << given;
  }
  EXPECT_EQ(nearest(std::string(100'000, 'e'), kNames), std::nullopt);
  EXPECT_EQ(nearest("train", {}), std::nullopt);
}

TEST(Nearest, CaseDoesNotCount) { EXPECT_EQ(nearest("TRAIN", kNames), "train"); }

}  // namespace
}  // namespace imagine
