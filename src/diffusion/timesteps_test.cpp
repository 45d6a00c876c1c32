#include "diffusion/timesteps.h"

#include <gmock/gmock.h>

#include "core/names.h"

namespace imagine::diffusion {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

struct Listed {
  const char* name;
  std::size_t count;
  std::vector<int64_t> first;
  int64_t weighted;  // the sum of place (from 1) times timestep
};

TEST(TimestepLists, AreThoseThatIfWasPublishedWith) {
  const std::vector<Listed> all = {{"fast27", 27, {999, 800, 799, 600, 599, 500}, 72361},
                                   {"smart27", 27, {999, 976, 952, 928}, 114844},
                                   {"smart50", 50, {999, 988, 977, 966}, 386005},
                                   {"smart100", 100, {999, 995, 992, 989}, 2861707},
                                   {"smart185", 185, {999, 997, 995, 992}, 9932424},
                                   {"super27", 27, {999, 991, 982, 974}, 229400},
                                   {"super40", 40, {999, 992, 985, 978}, 445405},
                                   {"super100", 100, {999, 996, 992, 989}, 2592830}};
  for (const auto& [name, count, first, weighted] : all) {
    const auto listed = timesteps_of(*value_named<TimestepList>(name));
    ASSERT_THAT(listed, SizeIs(count)) << name;
    EXPECT_EQ(std::vector<int64_t>(listed.begin(), listed.begin() + std::ssize(first)), first)
        << name;
    int64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += int64_t(i + 1) * listed[i];
    EXPECT_EQ(sum, weighted) << name;  // as diffusers' list has it
  }
}

TEST(Spacing, AnUnknownNameIsRefused) {
  EXPECT_EQ(spacing_named("leading"), Spacing::leading);
  EXPECT_THAT([] { spacing_named("even"); }, ThrowsMessage<ConfigError>(HasSubstr("\"even\"")));
}

}  // namespace
}  // namespace imagine::diffusion
