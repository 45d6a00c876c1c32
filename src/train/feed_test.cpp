#include "train/feed.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "data/shard.h"
#include "io/temporary_folder.h"
#include "train/fake_encoder.h"
#include "train/shard_source.h"

namespace imagine::train {
namespace {

Image plain(std::uint8_t red) {
  Image image{.width = 16, .height = 16, .rgb = {}};
  for (int i = 0; i < 16 * 16; ++i) image.rgb.insert(image.rgb.end(), {red, 40, 90});
  return image;
}

class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    std::vector<data::Sample> samples;
    for (int i = 0; i < 8; ++i) {
      const auto name = concat("red ", i);
      samples.push_back({.key = name,
                         .domain = "plain",
                         .image = plain(std::uint8_t(30 * i)),
                         .captions = {{name, "en"}}});
    }
    data::write_shard(folder_.path() / "train-16-00000.tar", samples, 0);
    auto shards = read_shards(folder_.path(), "train-16-");
    auto texts =
        std::make_unique<TextTable>(shards.captions, FakeEncoder(), folder_.path() / "texts",
                                    [](int64_t, int64_t) { return true; });
    source_ = std::make_unique<ShardSource>(std::move(shards), std::move(texts));
    batches_ = std::make_unique<Batches>(*source_, 1);
    config_.phases = {{.views = 12, .resolution = 8, .batch = 2, .accumulate = 2},
                      {.views = 6, .resolution = 16, .batch = 3}};
  }

  std::vector<Tensor> all(int64_t from, int ahead) const {
    Feed feed(config_, *batches_, {.ahead = ahead}, from);
    std::vector<Tensor> pixels;
    for (int64_t update = from; update < count_updates(config_); ++update) {
      for (int64_t pass = 0; pass < position_at(config_, update).phase->accumulate; ++pass) {
        pixels.push_back(feed.next().pixels);
      }
    }
    return pixels;
  }

  io::TemporaryFolder folder_;
  TrainConfig config_;
  std::unique_ptr<ShardSource> source_;
  std::unique_ptr<Batches> batches_;
};

TEST_F(FeedTest, GivesEveryPassOfEveryPhaseInOrder) {
  const auto pixels = all(0, 1);
  ASSERT_EQ(pixels.size(), 3 * 2 + 2u);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const bool first = i < 6;
    const auto expected = batches_->make(
        config_.phases[first ? 0 : 1],
        {.update = int64_t(first ? i / 2 : i - 3), .pass = int64_t(first ? i % 2 : 0)},
        /*crops=*/false);
    EXPECT_TRUE(torch::equal(pixels[i], expected.pixels)) << i;
  }
}

TEST_F(FeedTest, DoesNotDependOnHowManyAreMadeAtOnce) {
  const auto one = all(0, 1), many = all(0, 20), rest = all(1, 3);
  ASSERT_EQ(many.size(), one.size());
  ASSERT_EQ(rest.size(), one.size() - 2);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(torch::equal(one[i], many[i])) << i;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    EXPECT_TRUE(torch::equal(one[i + 2], rest[i])) << i;
  }
}

TEST_F(FeedTest, WhatIsWrongWithAPictureIsThrownWhereItIsAskedFor) {
  config_.phases[0].resolution = 5;
  Feed feed(config_, *batches_, {.ahead = 4}, 0);
  EXPECT_THROW(feed.next(), FormatError);
}

}  // namespace
}  // namespace imagine::train
