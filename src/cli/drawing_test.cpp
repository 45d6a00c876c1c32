#include "cli/drawing.h"

#include <gmock/gmock.h>

namespace imagine::cli {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RequestOf, OneValueIsForAllStages) {
  Drawing drawing;
  drawing.stages.guidance = {2.5};
  const auto request = request_of(drawing);
  ASSERT_EQ(request.stages.size(), 1u);
  EXPECT_EQ(request.stages[0], (StageOptions{.guidance = 2.5}));
}

TEST(RequestOf, AListIsForEachOfThem) {
  Drawing drawing;
  drawing.network.full = true;
  drawing.stages.steps = {16, TimestepList::smart27};
  drawing.stages.sampler = {SamplerName::heun};
  const auto request = request_of(drawing);
  ASSERT_EQ(request.stages.size(), 2u);
  EXPECT_EQ(
      request.stages[0],
      (StageOptions{.network = StageNetwork::base, .steps = 16, .sampler = SamplerName::heun}));
  EXPECT_EQ(request.stages[1].steps, Steps(TimestepList::smart27));
}

TEST(RequestOf, EveryListMayBeTheLongest) {
  const auto stages = [](const StageLists& lists) {
    Drawing drawing;
    drawing.stages = lists;
    return request_of(drawing).stages.size();
  };
  EXPECT_EQ(stages({.steps = {1, 2, 3}}), 3u);
  EXPECT_EQ(stages({.sampler = {SamplerName::heun, SamplerName::euler}}), 2u);
  EXPECT_EQ(stages({.guidance = {1, 2}}), 2u);
  EXPECT_EQ(stages({.noise_level = {0, 0.1}}), 2u);
  EXPECT_EQ(stages({.strength = {0.5, 1}}), 2u);
  EXPECT_EQ(stages({.known_region = {KnownRegion::clean, KnownRegion::noised}}), 2u);
}

TEST(RequestOf, ListsThatDoNotAgreeAreRefused) {
  Drawing drawing;
  drawing.stages.steps = {16, 2};
  drawing.stages.guidance = {1, 2, 3};
  EXPECT_THAT([&] { request_of(drawing); },
              ThrowsMessage<InputError>(HasSubstr("--steps: expected one value, or 3")));
}

}  // namespace
}  // namespace imagine::cli
