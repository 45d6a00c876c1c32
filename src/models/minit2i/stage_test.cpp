#include "models/minit2i/stage.h"

#include <gmock/gmock.h>

#include "core/check.h"
#include "io/file.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"

namespace imagine::models {
namespace {

namespace fs = io::fs;
using testing::HasSubstr;
using testing::ThrowsMessage;

class MiniT2iStageTest : public testing::Test {
 protected:
  /// The small model of the tests, guided between two of its times.
  std::shared_ptr<const StageSpec> guided_between(double begin, double end) {
    const auto model = folder_ / concat(begin, '-', end);
    fs::copy(IMAGINE_SOURCE_DIR "/tests/data/tiny-minit2i", model, fs::copy_options::recursive);
    auto config = io::read_json(model / "transformer/config.json");
    config["cfg_interval"] = {begin, end};
    io::write_file(model / "transformer/config.json", config.dump());
    return minit2i_stage(model);
  }

  /// Which of the times 0, 1/4, ... 1 are guided.
  static std::vector<bool> guided_times(const StageSpec& spec) {
    const StageInput input{.settings =
                               spec.resolved({.steps = std::int64_t(4), .guidance = 7}, {})};
    const auto guidance = spec.plan(input).guidance;
    std::vector<bool> guided;
    for (const double t : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      guided.push_back(
          guidance.guides({.alpha = t, .sigma = 2 * (1 - t), .time = t}));  // noise_scale 2
    }
    return guided;
  }

  io::TemporaryFolder folder_;
};

TEST_F(MiniT2iStageTest, BothEndsOfTheIntervalAreGuided) {
  using Times = std::vector<bool>;
  EXPECT_EQ(guided_times(*guided_between(0.25, 0.75)), (Times{false, true, true, true, false}));
  EXPECT_EQ(guided_times(*guided_between(0.5, 0.5)), (Times{false, false, true, false, false}));
  EXPECT_EQ(guided_times(*guided_between(0, 0.7)), (Times{true, true, true, false, false}));
  const auto whole = guided_times(*guided_between(0, 1));
  EXPECT_EQ(Times(whole.begin(), whole.end() - 1), Times(4, true));  // no step begins at 1
}

TEST_F(MiniT2iStageTest, NamesTheSamplersThatThereAre) {
  const auto spec = guided_between(0, 1);
  EXPECT_THAT([&] { spec->resolved({.sampler = SamplerName::ddpm}, {}); },
              ThrowsMessage<InputError>(
                  testing::AllOf(HasSubstr("unipc"), HasSubstr("euler"), HasSubstr("got ddpm"))));
}

TEST_F(MiniT2iStageTest, EachPatchLooksForItsWords) {
  EXPECT_EQ(guided_between(0, 1)->place(), 16);
}

}  // namespace
}  // namespace imagine::models
