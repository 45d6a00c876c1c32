#include "train/held_out.h"

#include <gmock/gmock.h>
#include <set>
#include <thread>

#include "core/check.h"
#include "core/random.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

using Samples = std::set<std::int64_t>;

/// Of a set in which these are broken.
HeldOut::FaultOf broken(const Samples& samples) {
  return [samples](std::int64_t sample) {
    return samples.contains(sample) ? concat("sample ", sample) : std::string();
  };
}

Samples held_out_of(const HeldOut& held_out, std::int64_t samples) {
  Samples found;
  for (std::int64_t i = 0; i < samples; i += held_out.part_size()) found.insert(held_out.at(i));
  return found;
}

TEST(HeldOut, IsTheFirstOf512WhereAllCanBeUsed) {
  const HeldOut held_out(1100, broken({}));
  EXPECT_EQ(held_out_of(held_out, 1100), (Samples{0, 512, 1024}));
  for (std::int64_t i = 0; i < 1100; ++i) EXPECT_EQ(held_out.at(i), i);
}

TEST(HeldOut, IsTheNextThatCanBeUsed) {
  Samples bad = {0, 1, 512, 514, 1500};
  for (std::int64_t i = 1024; i < 1400; ++i) bad.insert(i);
  for (std::int64_t i = 1536; i < 1600; ++i) bad.insert(i);  // the whole of the last part
  const HeldOut held_out(1600, broken(bad));
  EXPECT_EQ(held_out_of(held_out, 1600), (Samples{2, 513, 1400, 1536}));
  EXPECT_EQ(held_out.at(2), 0);
  EXPECT_EQ(held_out.at(513), 512);
}

TEST(HeldOut, TwoOfASmallSet) {
  for (const std::int64_t samples : {3, 4, 5, 20, 511, 512}) {
    const auto found = held_out_of(HeldOut(samples, broken({})), samples);
    EXPECT_EQ(found, (Samples{0, (samples + 1) / 2})) << samples;
  }
  EXPECT_EQ(held_out_of(HeldOut(513, broken({})), 513), (Samples{0, 512}));
}

TEST(HeldOut, LeavesOneThatCanBeUsed) {
  EXPECT_EQ(held_out_of(HeldOut(2, broken({})), 2), (Samples{0}));
  EXPECT_EQ(held_out_of(HeldOut(3, broken({0})), 3), (Samples{1}));
  EXPECT_EQ(held_out_of(HeldOut(3, broken({2})), 3), (Samples{0, 2}));  // 1 is left
  EXPECT_EQ(held_out_of(HeldOut(4, broken({0, 2})), 4), (Samples{1}));
  EXPECT_EQ(held_out_of(HeldOut(4, broken({0})), 4), (Samples{1, 2}));
  for (const auto& bad : {Samples{0}, Samples{1}, Samples{0, 1}}) {
    EXPECT_THAT([&] { HeldOut(2, broken(bad)); },
                ThrowsMessage<FormatError>(
                    testing::AllOf(HasSubstr("at least 2 samples that can be used, got fewer of 2"),
                                   HasSubstr(concat("the last: sample ", *bad.rbegin())))));
  }
}

/// Whatever is broken: each sample has one place, and where two can be used one of them is held out
/// and another is not.
TEST(HeldOut, ChangesPlacesAlone) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const std::int64_t samples = 2 + random.below(round % 3 == 0 ? 8 : 1200);
    const double share = random.uniform();
    Samples bad;
    for (std::int64_t i = 0; i < samples; ++i) {
      if (random.uniform() < share) bad.insert(i);
    }
    const auto usable = samples - std::int64_t(bad.size());
    if (samples <= 512 && usable < 2) {
      EXPECT_THROW(HeldOut(samples, broken(bad)), FormatError);
      continue;
    }
    const HeldOut held_out(samples, broken(bad));
    Samples all, trained;
    for (std::int64_t i = samples; i-- > 0;) {
      all.insert(held_out.at(i));
      if (i % held_out.part_size() != 0) trained.insert(held_out.at(i));
    }
    EXPECT_EQ(all.size(), samples);
    EXPECT_EQ(*all.rbegin(), samples - 1);
    const auto is_usable = [&](std::int64_t sample) { return !bad.contains(sample); };
    if (samples <= 512) {
      EXPECT_TRUE(std::ranges::any_of(trained, is_usable));
    }
    if (usable > 0) {
      EXPECT_TRUE(std::ranges::any_of(held_out_of(held_out, samples), is_usable));
    }
  }
}

TEST(HeldOut, LooksForALargeSetsOnesWhenTheyAreAskedForAndOnce) {
  std::atomic<int> asked = 0;
  const HeldOut held_out(1'000'000'000, [&](std::int64_t sample) {
    ++asked;
    return std::string(sample % 512 < 2 ? "broken" : "");
  });
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(held_out.at(512'000), 512'002);
  EXPECT_EQ(held_out.at(512'002), 512'000);
  EXPECT_EQ(held_out.at(512'007), 512'007);
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace imagine::train
