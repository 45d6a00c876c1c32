/// What an engine does with many requests at once, seen by a network that counts.
#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <mutex>
#include <numeric>
#include <semaphore>
#include <thread>

#include <torch/utils.h>

#include "core/check.h"
#include "engine/model_parts.h"
#include "imagine/engine.h"
#include "models/flow_sampling.h"

namespace imagine::engine {
namespace {

using diffusion::Prediction;

constexpr int kSize = 8, kLarge = 1024;  // pixels

/// What happened to the networks of a test's models. Every evaluation may be held up.
struct Record {
  std::mutex mutex;
  std::vector<std::size_t> rows;    ///< of each evaluation
  std::vector<std::int64_t> sizes;  ///< the same: side of its pictures
  std::chrono::milliseconds takes{0};
  std::vector<std::string> loads;
  bool holds = false;
  std::binary_semaphore arrived{0}, goes_on{0};
  bool breaks = false;

  std::size_t evaluations() {
    const std::lock_guard lock(mutex);
    return rows.size();
  }
};

/// Predicts a grey picture.
class CountingNetwork : public models::Network {
 public:
  explicit CountingNetwork(Record& record) : record_(record) {}

  std::shared_ptr<const models::TextState> encode_text(const TextEmbedding&,
                                                       const models::TextUse&) const override {
    return std::make_shared<models::TextState>();
  }
  torch::Device device() const override { return torch::kCPU; }
  std::vector<Prediction> evaluate(std::span<const models::Row> rows) const override {
    if (record_.holds) {
      record_.arrived.release();
      record_.goes_on.acquire();
    }
    const std::lock_guard lock(record_.mutex);
    record_.rows.push_back(rows.size());
    check<ResourceError>(!record_.breaks, "out of something");
    record_.sizes.push_back(rows.front().noisy.size(3));
    std::this_thread::sleep_for(record_.takes);
    return std::vector<Prediction>(rows.size(),
                                   {.clean = torch::full(rows.front().noisy.sizes(), 0.5)});
  }

 private:
  Record& record_;
};

/// Draws squares by Euler's method; the second of a model does so over the first's.
class CountingStage : public models::StageSpec {
 public:
  CountingStage(Record& record, std::string name, int size = kSize)
      : record_(record), name_(std::move(name)), size_(size) {
    info_.size = size;
    info_.bytes = 100;
  }

  const StageInfo& info() const override { return info_; }
  bool edits_any_shape() const override { return true; }
  Extent enlarged(Extent coarse) const override { return coarse; }
  Extent edited(Extent, Extent) const override { return {size_, size_}; }
  StageSettings resolved(const StageOptions& options, const models::StageUse&) const override {
    return {.size = size_, .steps = options.steps.value_or(4), .sampler = SamplerName::euler};
  }
  models::SamplingPlan plan(const models::StageInput& input) const override {
    return models::flow_plan({.sampler = SamplerName::euler,
                              .steps = std::get<std::int64_t>(input.settings.steps),
                              .guidance = 1},
                             {size_, size_});
  }
  std::filesystem::path folder(std::optional<StageNetwork>) const override { return name_; }
  std::shared_ptr<const models::Network> load(std::optional<StageNetwork>, const models::Placement&,
                                              const std::vector<LoraUse>&) const override {
    const std::lock_guard lock(record_.mutex);
    record_.loads.push_back(name_);
    return std::make_shared<CountingNetwork>(record_);
  }

 private:
  Record& record_;
  std::string name_;
  const int size_;
  StageInfo info_;
};

class LoopTest : public testing::Test {
 protected:
  /// The first stage draws `first_size`, the others `size`.
  std::shared_ptr<const Model> model(const std::vector<std::string>& stages = {"base"},
                                     int size = kSize, int first_size = 0) {
    models::Cascade cascade{.name = "counting", .default_size = size};
    cascade.text_rules.push_back(
        {.text_encoder = IMAGINE_SOURCE_DIR "/models/imagine-small/text_encoder", .bytes = 1});
    for (const auto& name : stages) {
      const bool is_first = first_size > 0 && cascade.stages.empty();
      cascade.add_stage(
          std::make_shared<CountingStage>(record_, name, is_first ? first_size : size));
    }
    Model::Parts parts{.cascade = std::move(cascade),
                       .info = {},
                       .folder = "of " + stages.front(),
                       .text_encoder = {}};
    return std::make_shared<const Model>(std::make_unique<const Model::Parts>(std::move(parts)));
  }

  static Request steps(std::int64_t count) { return {.prompt = "x", .stages = {{.steps = count}}}; }

  /// Until an evaluation has begun, which then waits.
  void hold() { record_.arrived.acquire(); }
  /// Nothing waits any more.
  void let_go() {
    record_.holds = false;
    record_.goes_on.release();
  }

  Record record_;
};

const EngineOptions kOneThread{.dtype = "fp32", .threads = 1};

TEST_F(LoopTest, RequestsAtDifferentStepsShareEvaluations) {
  Engine engine(kOneThread);
  record_.holds = true;
  const auto shared = model();
  std::vector<Job> jobs{engine.submit(shared, steps(9))};
  hold();
  for (const int count : {3, 5, 2}) jobs.push_back(engine.submit(shared, steps(count)));
  let_go();
  for (auto& job : jobs) job.wait();
  EXPECT_EQ(record_.rows, (std::vector<std::size_t>{1, 4, 4, 3, 2, 2, 1, 1, 1}));
  EXPECT_EQ(record_.loads.size(), 1u);
}

TEST_F(LoopTest, AnExclusiveOneSharesNone) {
  Engine engine(kOneThread);
  record_.holds = true;
  const auto shared = model();
  auto first = engine.submit(shared, steps(3));
  hold();
  auto request = steps(4);
  request.exclusive = true, request.count = 2;
  auto exclusive = engine.submit(shared, request);
  auto last = engine.submit(shared, steps(3));
  let_go();
  for (auto* job : {&first, &exclusive, &last}) job->wait();
  EXPECT_EQ(std::ranges::count(record_.rows, 1), 1 + 2 * 4 + 1) << "before, its own, after";
  EXPECT_EQ(std::ranges::count(record_.rows, 2), 2) << "of the other two";
}

TEST_F(LoopTest, CancellingTakesEffectWithinOneEvaluation) {
  Engine engine(kOneThread);
  record_.holds = true;
  int pictures = 0;
  auto job = engine.submit(model(), steps(500), {.on_picture = [&](Picture) { ++pictures; }});
  hold();
  job.cancel();
  let_go();
  EXPECT_THROW(job.wait(), Interrupted);
  EXPECT_EQ(record_.evaluations(), 1u);
  EXPECT_EQ(pictures, 0);
  auto next = engine.submit(model(), steps(2));
  EXPECT_NO_THROW(next.wait());
}

TEST_F(LoopTest, ManyPicturesOfOneDoNotKeepOthersWaiting) {
  Engine engine(kOneThread);
  record_.holds = true;
  const auto shared = model();
  auto many = steps(2);
  many.count = 500;
  std::atomic<int> drawn = 0;
  int before_the_other = -1;
  auto first = engine.submit(shared, many, {.on_picture = [&](Picture) { ++drawn; }});
  hold();
  auto other =
      engine.submit(shared, steps(2), {.on_picture = [&](Picture) { before_the_other = drawn; }});
  let_go();
  other.wait();
  first.wait();
  EXPECT_EQ(drawn, 500);
  EXPECT_LE(before_the_other, 130) << "those that were begun, and as many";
}

TEST_F(LoopTest, ThePictureThatIsNearestItsEndComesFirst) {
  constexpr int kDouble = 2 * kSize;
  Engine engine(kOneThread);
  const auto wide = model({"wide"}, kDouble), narrow = model();
  engine.draw(narrow, steps(1)), engine.draw(wide, steps(1));  // whose weights then stay
  record_.sizes.clear();
  record_.holds = true;
  auto first = engine.submit(wide, steps(6));
  hold();
  auto longest = engine.submit(narrow, steps(30));
  auto shortest = engine.submit(narrow, steps(2));
  let_go();
  longest.wait(), shortest.wait(), first.wait();
  std::vector<std::int64_t> expected{kDouble, kSize, kSize};  // the longest beside the shortest
  expected.insert(expected.end(), 5, kDouble);
  expected.insert(expected.end(), 28, kSize);
  EXPECT_EQ(record_.sizes, expected);
}

TEST_F(LoopTest, ASmallPictureWaitsForOneEvaluationOfLargeOnes) {
  Engine engine(kOneThread);
  const auto large = model({"large"}, kLarge), small = model();
  engine.draw(small, steps(1)), engine.draw(large, steps(1));  // whose weights then stay
  record_.sizes.clear();
  record_.holds = true;
  auto many = steps(4);
  many.count = 8;  // more than are drawn at once
  auto first = engine.submit(large, many);
  hold();
  auto other = engine.submit(small, steps(6));
  let_go();
  other.wait(), first.wait();
  const auto last = std::ranges::find(record_.sizes.rbegin(), record_.sizes.rend(), kSize).base();
  EXPECT_EQ(std::ranges::count(record_.sizes, kSize), 6);
  // What was held, and those that its share of the time makes up for.
  EXPECT_LE(std::count(record_.sizes.begin(), last, kLarge), 4);
}

TEST_F(LoopTest, ASmallPictureIsNotDrawnBesideTheFirstStagesOfLargeOnes) {
  Engine engine(kOneThread);
  const auto large = model({"base", "second"}, kLarge, kSize), small = model();
  record_.holds = true;
  auto many = steps(8);
  many.count = 3;
  auto first = engine.submit(large, many);
  hold();
  auto two = steps(6);
  two.count = 2;
  auto others = engine.submit(small, two);
  let_go();
  others.wait();
  {
    const std::lock_guard lock(record_.mutex);
    const auto begun = std::ranges::find(record_.rows, 2);
    ASSERT_GE(record_.rows.end() - begun, 6);
    EXPECT_EQ(std::count(begun, record_.rows.end(), 2u), 6);  // they alone, together
  }
  first.wait();
  EXPECT_EQ(record_.sizes.back(), kLarge);
  EXPECT_EQ(record_.rows.back(), 1u);  // all cores draw one
}

TEST_F(LoopTest, LargePicturesHaveAShareHoweverManySmallOnesCome) {
  Engine engine(kOneThread);
  record_.takes = std::chrono::milliseconds(5);
  const auto large = model({"large"}, kLarge), small = model();
  engine.draw(small, steps(1)), engine.draw(large, steps(1));
  const auto seconds = [&] {
    const auto begun = std::chrono::steady_clock::now();
    engine.draw(large, steps(20));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  const auto alone = seconds();
  std::atomic<bool> goes_on = true;
  std::vector<std::thread> streams;
  for (const int count : {40, 53, 67}) {  // which do not end together: always one waits
    streams.emplace_back([&, count] {
      while (goes_on) engine.draw(small, steps(count));
    });
  }
  const auto beside = seconds();
  goes_on = false;
  for (auto& stream : streams) stream.join();
  EXPECT_GT(beside, 2 * alone);  // a quarter of the time is four times as long
  EXPECT_LT(beside, 8 * alone);
}

TEST_F(LoopTest, PicturesArriveInTheOrderOfTheirSeeds) {
  Engine engine(kOneThread);
  auto request = steps(2);
  request.count = 150, request.seed = 40;
  std::vector<std::uint64_t> seeds, expected(150);
  std::iota(expected.begin(), expected.end(), 40);
  for (const auto& picture : engine.draw(model(), request)) {
    seeds.push_back(picture.recipe.request.seed);
    EXPECT_EQ(picture.image.rgb.at(0), 191);
  }
  EXPECT_EQ(seeds, expected);
}

TEST_F(LoopTest, WeightsThatFitStay) {
  Engine engine({.dtype = "fp32", .threads = 1, .memory = 1000});
  const auto both = model({"base", "second"});
  for (int i = 0; i < 3; ++i) engine.draw(both, steps(1));
  EXPECT_EQ(record_.loads, (std::vector<std::string>{"base", "second"}));
}

TEST_F(LoopTest, AsManyModelsStayLoadedAsMay) {
  Engine engine({.dtype = "fp32", .threads = 1, .memory = 1000, .models = 2});
  const auto draw = [&](const char* name) { engine.draw(model({name}), steps(1)); };
  draw("a"), draw("b"), draw("a"), draw("c"), draw("a"), draw("b");
  EXPECT_EQ(record_.loads, (std::vector<std::string>{"a", "b", "c", "b"}));
}

TEST_F(LoopTest, WeightsThatDoNotFitAreLoadedOnceForAllThatWait) {
  Engine engine({.dtype = "fp32", .threads = 1, .memory = 150});
  const auto both = model({"base", "second"});
  record_.holds = true;
  auto request = steps(1);
  request.count = 5;
  auto first = engine.submit(both, request);
  hold();
  auto second = engine.submit(both, request);
  let_go();
  first.wait();
  second.wait();
  EXPECT_EQ(record_.loads, (std::vector<std::string>{"base", "second"}));
  // One stage alone stays, whatever the budget.
  engine.draw(model(), steps(1));
  record_.loads.clear();
  const auto alone = model({"alone"});
  for (int i = 0; i < 3; ++i) engine.draw(alone, steps(1));
  EXPECT_EQ(record_.loads, (std::vector<std::string>{"alone"}));
}

TEST_F(LoopTest, WhatGoesWrongEndsItsJobsAndNoOthers) {
  Engine engine(kOneThread);
  record_.breaks = true;
  auto broken = engine.submit(model(), steps(2));
  EXPECT_THROW(broken.wait(), ResourceError);
  record_.breaks = false;
  EXPECT_EQ(engine.draw(model(), steps(2)).size(), 1u);
}

TEST_F(LoopTest, WhatAListenerThrowsEndsTheJob) {
  Engine engine(kOneThread);
  auto request = steps(1);
  request.count = 100;
  int pictures = 0;
  auto job =
      engine.submit(model(), request,
                    {.on_picture = [&](Picture) { check<InputError>(++pictures < 3, "no more"); }});
  EXPECT_THROW(job.wait(), InputError);
  EXPECT_EQ(pictures, 3);
  EXPECT_EQ(engine.draw(model(), steps(2)).size(), 1u);
}

TEST_F(LoopTest, WhatIsDoneIsHandedOverThoughTheJobIsCancelled) {
  Engine engine(kOneThread);
  auto request = steps(1);
  request.count = 500;
  std::binary_semaphore goes_on{0};
  int pictures = 0;
  auto job = engine.submit(model(), request, {.on_picture = [&](Picture) {
                             if (++pictures == 1) goes_on.acquire();
                           }});
  while (record_.evaluations() < 3) std::this_thread::yield();  // of up to 64 pictures
  job.cancel();
  goes_on.release();
  EXPECT_THROW(job.wait(), Interrupted);
  EXPECT_GE(pictures, 40);
}

TEST_F(LoopTest, AListenerMaySubmitAndNotWait) {
  Engine engine(kOneThread);
  const auto shared = model();
  std::optional<Job> next;
  auto job = engine.submit(shared, steps(1), {.on_picture = [&](Picture) {
                             next = engine.submit(shared, steps(2));
                             next->wait();
                           }});
  EXPECT_THAT([&] { job.wait(); }, testing::ThrowsMessage<ConfigError>(
                                       testing::HasSubstr("a listener: expected not to wait")));
  EXPECT_NO_THROW(next->wait());
}

TEST_F(LoopTest, LargePicturesThatFitDoNotKeepALargerOneWaiting) {
  Engine engine(kOneThread);
  const auto large = model({"large"}, 1024), largest = model({"largest"}, 2560);
  std::atomic<bool> stop = false;
  std::atomic<int> drawn = 0;
  std::vector<std::thread> streams;
  for (int i = 0; i < 2; ++i) {  // one of them is always being drawn
    streams.emplace_back([&] {
      while (!stop) {
        engine.draw(large, steps(4));
        ++drawn;
      }
    });
  }
  while (drawn < 2) std::this_thread::yield();
  auto job = engine.submit(largest, steps(1));
  while (drawn < 40 && !job.wait_for(std::chrono::milliseconds(10))) {
  }
  EXPECT_LT(drawn, 40);
  stop = true;
  for (auto& stream : streams) stream.join();
  job.wait();
}

TEST_F(LoopTest, AStreamOfRequestsDoesNotKeepAnotherNetworkWaiting) {
  constexpr int kStream = 3000;
  Engine engine({.dtype = "fp32", .threads = 1, .memory = 150});
  const auto streams = model({"base"}), other = model({"other"});
  std::atomic<int> drawn = 0;
  std::mutex mutex;
  std::vector<Job> jobs;
  std::function<void()> draw_next = [&] {
    auto job = engine.submit(streams, steps(2), {.on_picture = [&](Picture) {
                               if (++drawn < kStream) draw_next();
                             }});
    const std::lock_guard lock(mutex);
    jobs.push_back(std::move(job));
  };
  for (int i = 0; i < 4; ++i) draw_next();  // always some wait
  engine.draw(other, steps(2));
  EXPECT_LT(drawn, kStream / 2);
  while (drawn < kStream) std::this_thread::yield();
  for (auto& job : jobs) job.wait();
}

TEST_F(LoopTest, AQueueMayBeFull) {
  Engine engine({.dtype = "fp32", .threads = 1, .queue = 2});
  record_.holds = true;
  const auto shared = model();
  auto first = engine.submit(shared, steps(1));
  hold();
  auto second = engine.submit(shared, steps(1));
  EXPECT_THAT([&] { engine.submit(shared, steps(1)); },
              testing::ThrowsMessage<ResourceError>(testing::HasSubstr("fewer than 2 requests")));
  let_go();
  first.wait();
  second.wait();
  EXPECT_NO_THROW(engine.draw(shared, steps(1)));
}

TEST_F(LoopTest, PreviewsAndProgressTellOfEveryStep) {
  Engine engine(kOneThread);
  std::vector<int> shown, told;
  std::vector<double> done;
  auto job = engine.submit(model({"base", "second"}), steps(3),
                           {.on_progress =
                                [&](const Progress& progress) {
                                  told.push_back(progress.step);
                                  done.push_back(progress.done);
                                },
                            .on_preview =
                                [&](const Preview& preview) {
                                  shown.push_back(preview.step);
                                  EXPECT_EQ(preview.image.width, kSize);
                                  EXPECT_EQ(preview.image.rgb.at(0), 191);
                                }});
  job.wait();
  EXPECT_EQ(told, (std::vector<int>{1, 2, 3, 1, 2, 3}));
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_DOUBLE_EQ(done.front(), 1.0 / 6);
  EXPECT_DOUBLE_EQ(done.back(), 1);
  EXPECT_THAT(shown, testing::IsSubsetOf(told));  // some are left out in haste
  EXPECT_FALSE(shown.empty());
}

TEST_F(LoopTest, AnEngineThatGoesCancelsWhatIsLeft) {
  std::optional<Job> left;
  {
    Engine engine(kOneThread);
    record_.holds = true;
    left = engine.submit(model(), steps(900));
    hold();
    record_.holds = false;
    std::thread later([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      record_.goes_on.release();
    });
    later.detach();
  }
  EXPECT_THROW(left->wait(), Interrupted);
  EXPECT_LE(record_.evaluations(), 2u);
}

}  // namespace
}  // namespace imagine::engine
