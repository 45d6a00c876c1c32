/// An engine under load: many requests of many kinds by many threads, each as if it were alone.
#include <algorithm>
#include <gmock/gmock.h>
#include <map>
#include <thread>

#include <torch/utils.h>

#include "imagine/engine.h"
#include "models/tiny_model.h"
#include "nn/lora.h"
#include "nn/tensor_file.h"

namespace imagine::engine {
namespace {

const io::fs::path kTinyIf = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";

struct Work {
  std::shared_ptr<const Model> model;
  Request request;
};

Source picture(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int i = 0; i < width * height; ++i) {
    image.rgb.insert(image.rgb.end(), {std::uint8_t(i), 90, std::uint8_t(i / width * 3)});
  }
  return {.image = std::move(image), .name = "picture.png"};
}

/// White in its right half.
Source mask(int width, int height) {
  auto mask = picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) std::fill_n(mask.image.at(x, y), 3, x < width / 2 ? 0 : 255);
  }
  return mask;
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    const models::Hybrid base(models::HybridConfig{
        .size = 32, .stem = 8, .width = 16, .depth = 1, .heads = 2, .text_width = 384});
    torch::manual_seed(5);
    std::map<std::string, Tensor> changes;
    const auto parameters = base->named_parameters();
    for (const auto& layer : nn::changeable_layers(*base)) {
      auto down = parameters[layer + ".weight"].sizes().vec();
      auto up = std::vector<int64_t>(down.size(), 1);
      up[0] = down[0], up[1] = down[0] = 2;
      changes[layer + ".lora.down.weight"] = 0.2 * torch::randn(down);
      changes[layer + ".lora.up.weight"] = 0.2 * torch::randn(up);
    }
    nn::save_tensors(changes, lora());
  }

  std::string lora() const { return (folder_ / "lora.safetensors").string(); }

  /// Of two models of ours and DeepFloyd IF: all tasks, sizes, shapes, samplers, counts.
  std::vector<Work> some_work() const {
    const auto ours = Model::open(first_.path()), other = Model::open(second_.path()),
               theirs = Model::open(kTinyIf);
    const StageOptions heun{.steps = 3, .sampler = SamplerName::heun};
    const StageOptions few{.steps = 3};
    const StageOptions clean{.steps = 3, .known_region = KnownRegion::clean};
    return {
        {ours, {.prompt = "a red cube", .seed = 1}},
        {ours, {.prompt = "two green balls on a table", .seed = 2}},
        {ours, {.prompt = "a red cube", .negative = "grass", .count = 3, .seed = 3, .size = 32}},
        {ours, {.prompt = "a cone", .seed = 4, .aspect = "3:2", .stages = {heun}}},
        {ours, {.prompt = "a cone", .seed = 5, .loras = {{lora(), 1}}}},
        {ours, {.prompt = "a cone", .seed = 5, .loras = {{lora(), 0.5}}}},
        {ours, {.task = Task::edit, .image = picture(40, 40), .prompt = "a cone", .seed = 6}},
        {ours,
         {.task = Task::edit,
          .image = picture(64, 64),
          .mask = mask(64, 64),
          .prompt = "a cube",
          .seed = 7}},
        {ours, {.task = Task::upscale, .image = picture(19, 33), .seed = 8}},
        {other, {.prompt = "a red cube", .seed = 1}},
        {other, {.prompt = "a blue cube", .count = 2, .seed = 9}},
        {other, {.task = Task::upscale, .image = picture(230, 220), .seed = 10}},
        {theirs, {.prompt = "a red cube", .seed = 11, .stages = {few}}},
        {theirs,
         {.task = Task::edit,
          .image = picture(44, 32),
          .prompt = "a cube",
          .seed = 12,
          .stages = {few}}},
        {theirs,
         {.task = Task::edit,
          .image = picture(44, 32),
          .mask = mask(44, 32),
          .prompt = "a cube",
          .seed = 13,
          .stages = {clean}}},
        {theirs, {.prompt = "a ball", .count = 2, .seed = 14, .stages = {{.steps = 2}}}},
    };
  }

  using Pictures = std::vector<std::vector<Picture>>;

  /// By `threads` at once, each its part; in any order.
  static Pictures drawn(Engine& engine, const std::vector<Work>& work, int threads) {
    Pictures all(work.size());
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread) {
      running.emplace_back([&, thread] {
        for (auto i = std::size_t(thread); i < work.size(); i += std::size_t(threads)) {
          all[i] = engine.draw(work[i].model, work[i].request);
        }
      });
    }
    for (auto& thread : running) thread.join();
    return all;
  }

  /// The largest difference of two pictures, in steps of 255.
  static int difference(const Picture& a, const Picture& b) {
    EXPECT_EQ(a.image.width, b.image.width);
    EXPECT_EQ(a.image.height, b.image.height);
    int most = 0;
    for (std::size_t i = 0; i < a.image.rgb.size(); ++i) {
      most = std::max(most, std::abs(int(a.image.rgb[i]) - int(b.image.rgb.at(i))));
    }
    return most;
  }

  io::TemporaryFolder folder_;
  models::TinyModel first_, second_{384, 7};
};

TEST_F(LoadTest, SixteenRequestsOfEightThreadsAreEachAsIfAlone) {
  const auto work = some_work();
  ASSERT_EQ(work.size(), 16u);
  Engine alone({.dtype = "fp32"});
  const auto expected = drawn(alone, work, 1);
  Engine engine({.dtype = "fp32"});
  const auto together = drawn(engine, work, 8);
  for (std::size_t i = 0; i < work.size(); ++i) {
    ASSERT_EQ(together[i].size(), std::size_t(work[i].request.count));
    for (std::size_t k = 0; k < together[i].size(); ++k) {
      EXPECT_LE(difference(together[i][k], expected[i][k]), 1) << "request " << i;
    }
  }
  EXPECT_GT(difference(expected[4][0], expected[5][0]), 1) << "the changes would not be seen";
  EXPECT_GT(difference(expected[0][0], expected[9][0]), 1) << "nor the model";
}

TEST_F(LoadTest, ExclusiveRequestsAreAsIfAloneBitForBit) {
  auto work = some_work();
  for (auto& one : work) one.request.exclusive = true;
  Engine alone({.dtype = "fp32"}), engine({.dtype = "fp32"});
  const auto expected = drawn(alone, work, 1), together = drawn(engine, work, 8);
  for (std::size_t i = 0; i < work.size(); ++i) {
    for (std::size_t k = 0; k < together[i].size(); ++k) {
      EXPECT_EQ(together[i][k].image.rgb, expected[i][k].image.rgb) << "request " << i;
    }
  }
}

TEST_F(LoadTest, TwoEnginesAreNoneOfEachOthersBusiness) {
  const auto work = some_work();
  Engine first({.dtype = "fp32", .threads = 1}), second({.dtype = "fp32", .threads = 1});
  const auto expected = drawn(first, work, 1);
  Pictures by_first, by_second;
  std::thread other([&] { by_second = drawn(second, work, 3); });
  by_first = drawn(first, work, 3);
  other.join();
  for (std::size_t i = 0; i < work.size(); ++i) {
    EXPECT_LE(difference(by_first[i][0], expected[i][0]), 1) << "request " << i;
    EXPECT_LE(difference(by_second[i][0], expected[i][0]), 1) << "request " << i;
  }
}

TEST_F(LoadTest, CancellingSomeLeavesTheOthersAlone) {
  const auto work = some_work();
  Engine alone({.dtype = "fp32"}), engine({.dtype = "fp32"});
  const auto expected = drawn(alone, work, 1);
  Pictures pictures(work.size());
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < work.size(); ++i) {
    jobs.push_back(engine.submit(
        work[i].model, work[i].request,
        {.on_picture = [&, i](Picture one) { pictures[i].push_back(std::move(one)); }}));
  }
  for (std::size_t i = 0; i < work.size(); i += 3) jobs[i].cancel();
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (i % 3 == 0) {
      try {
        jobs[i].wait();  // it may have been done before
      } catch (const Interrupted&) {
        continue;
      }
    }
    EXPECT_NO_THROW(jobs[i].wait());
    ASSERT_EQ(pictures[i].size(), expected[i].size());
    EXPECT_LE(difference(pictures[i][0], expected[i][0]), 1) << "request " << i;
  }
}

}  // namespace
}  // namespace imagine::engine
