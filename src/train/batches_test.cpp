#include "train/batches.h"

#include <cmath>
#include <gmock/gmock.h>
#include <set>

#include <torch/utils.h>

#include "imagine/error.h"
#include "io/image_file.h"
#include "io/temporary_folder.h"
#include "tensor/pixels.h"
#include "train/fake_encoder.h"
#include "train/shard_source.h"

namespace imagine::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Red grows by 20 a pixel to the right, green downwards.
Image ramp(int width = 8, int height = 8) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.rgb.insert(image.rgb.end(), {std::uint8_t(20 * x), std::uint8_t(20 * y), 90});
    }
  }
  return image;
}

/// Picture k has two captions, its letter small and large; picture 0 is a domain of its own.
ShardSet shards_of(const std::vector<Image>& images) {
  ShardSet set;
  for (int i = 0; i < int(images.size()); ++i) {
    set.captions.emplace_back(1, char('a' + i));
    set.captions.emplace_back(1, char('A' + i));
    set.rows.push_back({.image = io::encode_image(images[std::size_t(i)], ImageFormat::png),
                        .captions = {2 * i, 2 * i + 1}});
    set.rows_of_domain[i == 0 ? "first" : "others"].push_back(i);
  }
  return set;
}

/// Six plain pictures, k of red 40 k.
ShardSet six() {
  std::vector<Image> images;
  for (int k = 0; k < 6; ++k) {
    images.push_back({.width = 8, .height = 8, .rgb = std::vector<std::uint8_t>(8 * 8 * 3)});
    for (auto& byte : images.back().rgb) byte = std::uint8_t(40 * k);
  }
  return shards_of(images);
}

ShardSource source_of(const ShardSet& shards) {
  const io::TemporaryFolder folder;
  return {shards, std::make_unique<TextTable>(shards.captions, FakeEncoder(), folder / "texts",
                                              [](int64_t, int64_t) { return true; })};
}

Batch make(const ShardSet& shards, const Phase& phase, bool crops = false, BatchKey key = {},
           std::uint64_t seed = 1) {
  const auto source = source_of(shards);
  return Batches(source, seed).make(phase, key, crops);
}

/// Which of the six each picture is.
Tensor numbers(const Batch& batch) {
  const auto red = batch.pixels.select(1, 0).select(1, 0).select(1, 0);
  return ((red + 1) * (127.5 / 40)).round().to(torch::kLong);
}

TEST(Batches, TheRowsOfSeveralRanksAreTheWholeBatch) {
  const auto source = source_of(six());
  const Batches batches(source, 1);
  const Phase phase{.resolution = 8, .batch = 7};
  std::vector<Tensor> parts;
  for (int rank = 0; rank < 3; ++rank) {
    parts.push_back(
        batches.make(phase, {.update = 2, .pass = 0}, false, Rows::of_rank(7, rank, 3)).pixels);
    EXPECT_GE(parts.back().size(0), 2);
  }
  EXPECT_TRUE(
      torch::equal(torch::cat(parts), batches.make(phase, {.update = 2, .pass = 0}, false).pixels));
}

TEST(Batches, FollowFromTheSeedAndTheKey) {
  const auto shards = shards_of({ramp()});
  const auto pixels = [&](BatchKey key, std::uint64_t seed) {
    return make(shards, {.resolution = 3, .batch = 32}, true, key, seed).pixels;
  };
  const auto once = pixels({.update = 3, .pass = 1}, 7);
  EXPECT_TRUE(torch::equal(pixels({.update = 3, .pass = 1}, 7), once));
  EXPECT_FALSE(torch::equal(pixels({.update = 4, .pass = 1}, 7), once));
  EXPECT_FALSE(torch::equal(pixels({.update = 3, .pass = 0}, 7), once));
  EXPECT_FALSE(torch::equal(pixels({.update = 3, .pass = 1}, 8), once));
}

TEST(Batches, ShowEachPictureWithOneOfItsCaptions) {
  const auto batch = make(six(), {.resolution = 8, .batch = 64});
  const auto letters = batch.text.states.flatten().to(torch::kLong);  // [B]
  const auto large = letters.lt(int('a'));
  EXPECT_TRUE(torch::equal(letters - torch::where(large, int('A'), int('a')), numbers(batch)));
  EXPECT_TRUE(large.any().item<bool>());
  EXPECT_FALSE(large.all().item<bool>());
}

TEST(Batches, ShrinkByAveragingBlocks) {
  const auto pixels = make(shards_of({ramp()}), {.resolution = 4, .batch = 1}).pixels;
  const auto means = (torch::arange(4, torch::kFloat) * 40 + 10) / 127.5 - 1;
  EXPECT_TRUE(torch::allclose(pixels[0][0], means.expand({4, 4}), 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(pixels[0][1], means.unsqueeze(1).expand({4, 4}), 1e-5, 1e-6));
}

TEST(Batches, CropEveryPlaceInsideThePicture) {
  const auto whole = tensor::to_pixels({ramp()})[0];
  const auto batch = make(shards_of({ramp()}), {.resolution = 3, .batch = 100}, true);
  std::set<int64_t> lefts, tops;
  for (const auto& crop : batch.pixels.unbind()) {
    const auto corner = (crop.select(2, 0).select(1, 0) + 1) * (127.5 / 20);  // [3]
    const auto left = std::llround(corner[0].item<double>());
    const auto top = std::llround(corner[1].item<double>());
    EXPECT_TRUE(torch::equal(crop, whole.narrow(1, top, 3).narrow(2, left, 3)));
    lefts.insert(left), tops.insert(top);
  }
  EXPECT_THAT(lefts, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(tops, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Batches, MixTheDomainsByTheirWeightsElseByTheirPictures) {
  const auto share_of_first = [](const std::map<std::string, double>& weights) {
    const auto batch = make(six(), {.resolution = 8, .batch = 600, .weights = weights});
    return numbers(batch).eq(0).to(torch::kDouble).mean().item<double>();
  };
  EXPECT_NEAR(share_of_first({{"first", 3}, {"others", 1}}), 0.75, 0.08);
  EXPECT_NEAR(share_of_first({}), 1.0 / 6, 0.07);
  EXPECT_EQ(share_of_first({{"others", 1}}), 0);
}

TEST(Batches, TellWhichPicturesThePhaseKeeps) {
  EXPECT_FALSE(make(six(), {.resolution = 8, .batch = 4}).kept.defined());
  const auto batch = make(six(), {.resolution = 8, .batch = 60, .kept = {"first"}});
  EXPECT_TRUE(torch::equal(batch.kept, numbers(batch).eq(0)));
  EXPECT_TRUE(batch.kept.any().item<bool>());
}

/// Six pictures with labels, of two things each that have a phrase.
ShardSource annotated(int side = 8) {
  auto shards = six();
  shards.phrases = {"cube", "ball"};
  for (auto& row : shards.rows) {
    const Image labels{
        .width = side,
        .height = side,
        .rgb = std::vector<std::uint8_t>(std::size_t(side) * std::size_t(side) * 3, 1)};
    row.labels = io::encode_image(labels, ImageFormat::png), row.things = {{0}, {1}};
  }
  const io::TemporaryFolder folder;
  const auto table = [&](const std::vector<std::string>& texts, const char* name) {
    return std::make_unique<TextTable>(texts, FakeEncoder(), folder / name,
                                       [](int64_t, int64_t) { return true; });
  };
  auto texts = table(shards.captions, "texts"), phrases = table(shards.phrases, "phrases");
  return {std::move(shards), std::move(texts), std::move(phrases)};
}

TEST(Batches, TellWhatIsKnownOfAnnotatedPictures) {
  const auto source = annotated();
  const Phase phase{.resolution = 8, .batch = 4};
  const auto batch = Batches(source, 1).make(phase, {}, /*crops=*/false);
  const auto& known = batch.annotations;
  EXPECT_EQ(known.labels.sizes(), (torch::IntArrayRef{4, 3, 8, 8}));
  EXPECT_TRUE(known.labels.eq(1).all().item<bool>());
  EXPECT_EQ(known.phrases.size(1), 6);
  EXPECT_GT((known.phrases[0][0] - known.phrases[0][1]).abs().max().item<double>(), 1e-3);
  EXPECT_EQ(known.phrases.narrow(1, 2, 4).abs().sum().item<double>(), 0) << "two things alone";
  EXPECT_TRUE(known.palette.select(1, 0).select(1, 4).eq(1).all().item<bool>());
  EXPECT_EQ(known.palette.narrow(1, 1, 5).abs().sum().item<double>(), 0) << "plain: one colour";
  const auto again = Batches(source, 1).make(phase, {}, false);
  EXPECT_TRUE(torch::equal(again.annotations.palette, known.palette));
  EXPECT_FALSE(make(six(), phase).annotations.exist());
  EXPECT_THROW(Batches(annotated(4), 1).make(phase, {}, false), FormatError);
}

TEST(Batches, RefuseADomainThatTheShardsLack) {
  const auto source = source_of(six());
  EXPECT_NO_THROW(source.check_phase({.weights = {{"first", 1}}}));
  EXPECT_THAT(
      [&] {
        source.check_phase({.weights = {{"first", 1}, {"lost", 1}}});
      },
      ThrowsMessage<ConfigError>(HasSubstr("expected first, others, got \"lost\"")));
  EXPECT_THAT([&] { source.check_phase({.kept = {"lost"}}); },
              ThrowsMessage<ConfigError>(HasSubstr("kept: expected first, others, got \"lost\"")));
}

TEST(Batches, NameTheSizeThatDoesNotFit) {
  const auto expect_refusal = [](const Image& image, int64_t resolution, bool crops,
                                 const std::string& message) {
    const Phase phase{.resolution = resolution, .batch = 1};
    EXPECT_THAT([&] { make(shards_of({image}), phase, crops); },
                ThrowsMessage<FormatError>(HasSubstr(message)));
  };
  expect_refusal(ramp(), 5, false, "a multiple of 5, got 8x8");
  expect_refusal(ramp(), 16, false, "a multiple of 16, got 8x8");
  expect_refusal(ramp(4, 8), 4, false, "squares whose side is a multiple of 4, got 4x8");
  expect_refusal(ramp(), 9, true, "at least 9 pixels, got 8x8");
  EXPECT_THAT(
      [&] {
        make(shards_of({ramp(), ramp(16, 16)}), {.resolution = 8, .batch = 9});
      },
      ThrowsMessage<FormatError>(HasSubstr("pictures of one size, got")));
  expect_refusal(ramp(9, 8), 9, true, "at least 9 pixels, got 9x8");
}

}  // namespace
}  // namespace imagine::train
