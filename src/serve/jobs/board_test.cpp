#include "serve/jobs/board.h"

#include <future>
#include <gmock/gmock.h>
#include <mutex>

#include "core/names.h"
#include "io/sibling_folder.h"
#include "io/temporary_folder.h"
#include "serve/jobs/public_recipe.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kTinyIf = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";

class BoardTest : public testing::Test {
 protected:
  BoardTest() { options_.engine = {.dtype = "fp32", .threads = 1}; }

  Board& board() {
    if (!board_) board_ = std::make_unique<Board>(options_);
    return *board_;
  }

  JobOrder order(std::uint64_t seed, int count = 1, std::int64_t steps = 2) const {
    return {.model = model_,
            .request = {.prompt = "a red cube",
                        .count = count,
                        .seed = seed,
                        .size = 16,
                        .stages = {{.steps = steps}}},
            .owner = "somebody",
            .is_kept = true};
  }

  Snapshot ended(const std::string& id) {
    std::promise<Snapshot> promise;
    EXPECT_TRUE(
        board().watch(id, {.on_end = [&](const Snapshot& now) { promise.set_value(now); }}));
    return promise.get_future().get();
  }

  std::shared_ptr<const Model> model_ = Model::open(kTinyIf);
  BoardOptions options_;
  std::unique_ptr<Board> board_;
};

std::vector<std::uint64_t> seeds_of(const Snapshot& job) {
  std::vector<std::uint64_t> seeds;
  for (const auto& output : job.outputs) seeds.push_back(output->recipe.request.seed);
  return seeds;
}

TEST_F(BoardTest, TellsOfAJobFromItsBeginningToItsEnd) {
  std::vector<std::string> told;
  std::promise<void> over;
  const auto note = [&](const std::string& what) {
    if (told.empty() || told.back() != what) told.push_back(what);
  };
  const auto id = board().submit(
      order(7, 2),
      {.on_change = [&](const Snapshot& now) { note(name_of(now.status)); },
       .on_output =
           [&](const Snapshot& now) { note(now.outputs.size() == 1 ? "first" : "second"); },
       .on_end =
           [&](const Snapshot& now) {
             note(name_of(now.status));
             over.set_value();
           }});
  over.get_future().wait();
  EXPECT_EQ(told.front(), "running");
  EXPECT_EQ(told.back(), "succeeded");
  EXPECT_EQ(std::ranges::count(told, "first"), 1);
  EXPECT_EQ(std::ranges::count(told, "second"), 1);
  const auto now = board().find(id);
  ASSERT_TRUE(now);
  EXPECT_THAT(seeds_of(*now), ElementsAre(7, 8));
  EXPECT_EQ(now->progress.done, 1);
  Engine alone(options_.engine);
  auto single = order(8).request;
  auto picture = alone.draw(model_, single).front();
  picture.recipe = public_recipe(std::move(picture.recipe));
  const auto expected = encode(picture, ImageFormat::png).bytes;
  EXPECT_EQ(now->outputs[1]->bytes, expected);
  EXPECT_GT(board().load().seconds_per_picture, 0);
}

TEST_F(BoardTest, RefusesAtOnceWhatTheModelCannotServe) {
  auto wrong = order(1);
  wrong.request.size = 17;
  EXPECT_THROW(board().submit(wrong), InputError);
  EXPECT_EQ(board().load().queued + board().load().running, 0u);
}

TEST_F(BoardTest, IsFullWhereAsManyWaitAsMay) {
  options_.queue = 2;
  const auto first = board().submit(order(1, 1, 200)), second = board().submit(order(2, 1, 200));
  try {
    board().submit(order(3));
    ADD_FAILURE();
  } catch (const QueueFull& full) {
    EXPECT_GE(full.seconds(), 1);
  }
  board().cancel(first), board().cancel(second);
  ended(first), ended(second);
  EXPECT_EQ(ended(board().submit(order(3))).status, JobStatus::succeeded);
}

TEST_F(BoardTest, CancelsWhatRunsAndWhatWaitsAndNothingElse) {
  options_.parallel = 1;
  const auto running = board().submit(order(1, 1, 1000)), waiting = board().submit(order(2));
  const auto other = board().submit(order(3));
  EXPECT_EQ(board().find(other)->place, 1u);
  EXPECT_TRUE(board().cancel(waiting));
  EXPECT_EQ(ended(waiting).status, JobStatus::canceled);
  EXPECT_TRUE(board().cancel(running));
  EXPECT_EQ(ended(running).status, JobStatus::canceled);
  EXPECT_EQ(ended(other).status, JobStatus::succeeded);
  EXPECT_TRUE(board().cancel(other));  // again, and late: nothing changes
  EXPECT_EQ(board().find(other)->status, JobStatus::succeeded);
  EXPECT_FALSE(board().cancel("job_of_nobody"));
}

TEST_F(BoardTest, WhoeverHasLessInWorkComesFirst) {
  options_.parallel = 2;
  std::mutex mutex;
  std::vector<std::string> finished;
  std::vector<std::string> ids;
  const auto submit = [&](const std::string& owner, std::int64_t steps) {
    auto job = order(ids.size(), 1, steps);
    job.owner = owner;
    ids.push_back(board().submit(job, {.on_end = [&, owner](const Snapshot& now) {
                                   const std::lock_guard lock(mutex);
                                   if (now.status == JobStatus::succeeded)
                                     finished.push_back(owner);
                                 }}));
  };
  for (int i = 0; i < 2; ++i) submit("greedy", 1000);  // all that may be drawn at once
  for (int i = 0; i < 2; ++i) submit("greedy", 2);
  submit("modest", 2);
  EXPECT_EQ(board().find(ids[4])->place, 2u);
  board().cancel(ids[0]);
  ended(ids[4]);  // while one of the greedy one's is being drawn, and two have waited longer
  board().cancel(ids[1]);
  for (const auto& id : ids) ended(id);
  const std::lock_guard lock(mutex);
  EXPECT_THAT(finished, ElementsAre("modest", "greedy", "greedy"));
}

TEST_F(BoardTest, LargeOnesLeaveRoomForSmallOnes) {
  options_.parallel = 4, options_.large = 16 * 16;
  auto large = order(1, 1, 1000);
  large.request.size = 32;
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) ids.push_back(board().submit(large));
  auto both = large;
  both.request.count = 2;
  ids.push_back(board().submit(both));
  ids.push_back(board().submit(large));
  const auto status = [&](std::size_t i) { return board().find(ids[i])->status; };
  EXPECT_EQ(status(1), JobStatus::running);
  EXPECT_EQ(status(2), JobStatus::queued);
  EXPECT_EQ(status(3), JobStatus::queued);  // it would fit, and keep the one before it waiting
  EXPECT_EQ(ended(board().submit(order(2))).status, JobStatus::succeeded);
  EXPECT_EQ(status(2), JobStatus::queued);
  for (const auto& id : ids) board().cancel(id);
  for (const auto& id : ids) ended(id);
}

TEST_F(BoardTest, KeepsResultsOfThoseThatAskForItAndForAWhile) {
  options_.kept = 2;
  auto passing = order(1);
  passing.is_kept = false;
  std::promise<void> over;
  const auto gone = board().submit(passing, {.on_end = [&](const Snapshot&) { over.set_value(); }});
  over.get_future().wait();
  EXPECT_FALSE(board().find(gone));
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 3; ++i) {
    ids.push_back(board().submit(order(i)));
    ended(ids.back());
  }
  EXPECT_FALSE(board().find(ids[0]));
  EXPECT_TRUE(board().find(ids[1]) && board().find(ids[2]));
}

TEST_F(BoardTest, SaysHowLongItTakesByTheStepsSoFar) {
  using Clock = std::chrono::steady_clock;
  struct Estimate {
    Clock::time_point at;
    double done;
    std::optional<double> left;
  };
  std::vector<Estimate> estimates;
  std::promise<Clock::time_point> over;
  board().submit(order(1, 1, 100),
                 {.on_change =
                      [&](const Snapshot& now) {
                        if (now.progress.done == 0) return;
                        estimates.push_back({Clock::now(), now.progress.done, now.seconds_left});
                      },
                  .on_end = [&](const Snapshot&) { over.set_value(Clock::now()); }});
  const auto end = over.get_future().get();
  ASSERT_GT(estimates.size(), 10u);
  EXPECT_FALSE(estimates.front().left);  // the time until then was another's
  const auto middle =
      std::ranges::find_if(estimates, [](const auto& estimate) { return estimate.done >= 0.5; });
  ASSERT_TRUE(middle != estimates.end() && middle->left);
  const auto took = std::chrono::duration<double>(end - middle->at).count();
  EXPECT_GT(*middle->left, took / 4);
  EXPECT_LT(*middle->left, took * 4);
}

TEST_F(BoardTest, APictureThatCannotBeWrittenFailsItsJobAlone) {
  auto beyond = order(1, 3, 20);
  beyond.request.prompt = "caf\xe9";  // no UTF-8, which a recipe is
  const auto broken = board().submit(beyond), other = board().submit(order(2));
  const auto job = ended(broken);
  EXPECT_EQ(job.status, JobStatus::failed);
  EXPECT_THROW(std::rethrow_exception(job.error), std::exception);
  EXPECT_EQ(ended(other).status, JobStatus::succeeded);
}

TEST_F(BoardTest, WhoWatchesNoMoreIsToldNoMore) {
  std::atomic<int> told = 0;
  const auto id = board().submit(order(1, 1, 400));
  const auto watcher = board().watch(id, {.on_end = [&](const Snapshot&) { ++told; }});
  ASSERT_TRUE(watcher);
  board().unwatch(id, *watcher);
  board().cancel(id);
  ended(id);
  EXPECT_EQ(told, 0);
  EXPECT_FALSE(board().watch("none", {}));
}

TEST_F(BoardTest, WhatFailsSaysWhy) {
  const io::TemporaryFolder folder;
  io::copy_folder(kTinyIf, folder / "model");
  auto broken = order(1);
  broken.model = Model::open(folder / "model");
  io::fs::remove_all(folder / "model" / "stage1" / "unet");  // before its weights are read
  broken.request.loras = {{.file = "/no/such/file.safetensors"}};
  EXPECT_THROW(board().submit(broken), FormatError);  // at once
  broken.request.loras.clear();
  const auto job = ended(board().submit(broken));
  EXPECT_EQ(job.status, JobStatus::failed);
  EXPECT_THROW(std::rethrow_exception(job.error), Error);
}

TEST_F(BoardTest, DrainsAndEndsWithWhatIsLeft) {
  std::promise<JobStatus> status;
  board().submit(order(1, 1, 1000),
                 {.on_end = [&](const Snapshot& now) { status.set_value(now.status); }});
  board().drain(0s);
  EXPECT_THROW(board().submit(order(2)), Interrupted);
  board_.reset();
  EXPECT_EQ(status.get_future().get(), JobStatus::canceled);
}

TEST_F(BoardTest, AnEngineThatSleptDrawsAgain) {
  options_.sleep_after = 1s;
  const auto first = ended(board().submit(order(5)));
  std::this_thread::sleep_for(3s);
  const auto again = ended(board().submit(order(5)));
  EXPECT_EQ(first.outputs.front()->bytes, again.outputs.front()->bytes);
}

}  // namespace
}  // namespace imagine::serve
