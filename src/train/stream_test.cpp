#include "train/stream.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <numeric>
#include <set>

#include <torch/utils.h>

#include "core/check.h"
#include "io/image_file.h"
#include "io/tar.h"
#include "io/temporary_folder.h"
#include "train/fake_encoder.h"
#include "train/text_rows.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Left half red, right half blue.
io::Bytes picture(int width = 8, int height = 8) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int i = 0; i < width * height; ++i) {
    const bool left = i % width < width / 2;
    image.rgb.insert(image.rgb.end(),
                     {std::uint8_t(left ? 255 : 0), 0, std::uint8_t(left ? 0 : 255)});
  }
  return io::encode_image(image, ImageFormat::png);
}

std::string three_digits(int number) {
  const auto digits = std::to_string(number);
  return std::string(3 - digits.size(), '0') + digits;
}

class StreamTest : public testing::Test {
 protected:
  /// Shards of these many samples, whose captions are their numbers in three digits.
  const data::WebIndex& write(const std::vector<int>& counts, const io::Bytes& bytes = picture()) {
    int number = 0;
    std::vector<io::fs::path> shards;
    for (const int count : counts) {
      shards.push_back(folder_.path() / concat("shard-", shards.size(), ".tar"));
      io::TarWriter tar(shards.back());
      for (int i = 0; i < count; ++i, ++number) {
        const auto name = three_digits(number);
        tar.add(name + ".png", bytes);
        tar.add(name + ".txt", name);
      }
      tar.finish();
    }
    return index(shards);
  }

  void write_broken(const std::vector<int>& counts, const std::set<int>& broken);

  const data::WebIndex& index(const std::vector<io::fs::path>& shards) {
    index_ = std::make_unique<data::WebIndex>(shards, folder_.path() / "index",
                                              [](auto, auto) { return true; });
    return *index_;
  }

  Stream stream(const StreamConfig& config = {}, Split split = Split::train) {
    return {config, 8, split, *index_, encoder_};
  }

  /// The numbers of the samples of these views.
  static std::vector<int> numbers(const Stream& stream, int64_t begin, int64_t count,
                                  std::uint64_t seed = 1) {
    const auto states = stream
                            .draw({}, {.update = 0, .pass = 0, .views = begin},
                                  {.begin = 0, .count = count, .total = count}, seed)
                            .text.states.to(torch::kLong);  // [B, 3, 1]
    std::vector<int> numbers;
    for (const auto& row : states.unbind()) {
      int number = 0;
      for (const auto& digit : row.flatten().unbind())
        number = number * 10 + digit.item<int>() - '0';
      numbers.push_back(number);
    }
    return numbers;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<data::WebIndex> index_;
  FakeEncoder encoder_;
};

TEST_F(StreamTest, ShowsEachSampleOnceBeforeAnyAgain) {
  write({300, 1, 270, 29});
  const auto stream = this->stream({.window = 2});
  ASSERT_EQ(stream.count(), 598);
  std::vector<std::vector<int>> epochs;
  for (int epoch = 0; epoch < 2; ++epoch) {
    auto shown = numbers(stream, epoch * 598, 598);
    epochs.push_back(shown);
    std::ranges::sort(shown);
    std::vector<int> all;
    for (int i = 0; i < 600; ++i) {
      if (i % 512 != 0) all.push_back(i);
    }
    EXPECT_EQ(shown, all);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(numbers(stream, 0, 598, 2), epochs[0]);
  EXPECT_EQ(numbers(stream, 100, 50),
            std::vector(epochs[0].begin() + 100, epochs[0].begin() + 150));
}

TEST_F(StreamTest, TheOthersAreHeldOut) {
  write({300, 1, 270, 29});
  const auto stream = this->stream({}, Split::held_out);
  auto shown = numbers(stream, 0, 2);
  std::ranges::sort(shown);
  EXPECT_EQ(shown, (std::vector{0, 512}));
}

/// Pictures of which some are broken, in shards of these many.
void StreamTest::write_broken(const std::vector<int>& counts, const std::set<int>& broken) {
  int number = 0;
  std::vector<io::fs::path> shards;
  for (const int count : counts) {
    shards.push_back(folder_ / concat("broken-", shards.size(), ".tar"));
    io::TarWriter tar(shards.back());
    for (int i = 0; i < count; ++i, ++number) {
      tar.add(three_digits(number) + ".png", broken.contains(number) ? "no picture" : picture());
      tar.add(three_digits(number) + ".txt", three_digits(number));
    }
    tar.finish();
  }
  index(shards);
}

TEST_F(StreamTest, WhereTheFirstCannotBeUsedTheNextIsHeldOut) {
  Random random(1);
  for (int round = 0; round < 12; ++round) {
    const std::vector<int> counts{1 + random.below(5), 1 + random.below(60),
                                  2 + random.below(round < 6 ? 20 : 600)};
    const int all = std::accumulate(counts.begin(), counts.end(), 0);
    std::set<int> broken{0};
    const int from_start = random.below(all / 3);
    for (int i = 0; i < from_start; ++i) broken.insert(i);
    for (int i = 0; i < all / 6; ++i) broken.insert(random.below(all));
    write_broken(counts, broken);
    const auto held_out = this->stream({}, Split::held_out), training = this->stream();
    EXPECT_EQ(held_out.count() + training.count(), all);
    std::set<int> measured, trained;
    for (const int number : numbers(held_out, 0, 20)) measured.insert(number);
    for (const int number : numbers(training, 0, training.count())) trained.insert(number);
    EXPECT_EQ(measured.size(), 2);
    EXPECT_GE(trained.size(), (all - std::ssize(broken)) - 2);
    for (const int number : measured) {
      EXPECT_FALSE(trained.contains(number)) << number;
      EXPECT_FALSE(broken.contains(number)) << number;
    }
    EXPECT_EQ(numbers(this->stream(), 3, 5), numbers(training, 3, 5));  // as another rank has it
  }
}

TEST_F(StreamTest, AHeldOutSampleIsOneThatItsLimitsAllow) {
  const auto path = folder_ / "limits.tar";
  io::TarWriter tar(path);
  for (int i = 0; i < 20; ++i) {
    tar.add(three_digits(i) + ".png", picture(i % 10 == 0 ? 7 : 8));
    tar.add(three_digits(i) + ".txt", i % 10 == 1 ? "far too long" : three_digits(i));
  }
  tar.finish();
  index({path});
  auto shown = numbers(stream({.max_caption = 5}, Split::held_out), 0, 2);
  std::ranges::sort(shown);
  EXPECT_EQ(shown, (std::vector{2, 12}));
}

TEST_F(StreamTest, AWindowShufflesItsShardsTogether) {
  write({40, 40, 40, 40});
  const auto shards_of = [&](int64_t window) {
    std::set<int> shards;
    for (const int number : numbers(stream({.window = window}), 0, 39)) shards.insert(number / 40);
    return shards.size();
  };
  EXPECT_LE(shards_of(1), 2);
  EXPECT_EQ(shards_of(4), 4);
}

TEST_F(StreamTest, CutsASquareAndShrinksIt) {
  write({4}, picture(64, 16));
  const auto shown = [&](const std::string& crop) {
    return stream({.crop = crop}).draw({}, {}, {.begin = 0, .count = 30, .total = 30}, 1).images;
  };
  std::set<int> colours;
  for (const auto& image : shown("center")) {
    ASSERT_EQ(image.width, 8);
    ASSERT_EQ(image.height, 8);
    EXPECT_GT(image.at(0, 4)[0], 200);
    EXPECT_GT(image.at(7, 4)[2], 200);
  }
  for (const auto& image : shown("random")) colours.insert(image.at(4, 4)[0] > 128);
  EXPECT_EQ(colours.size(), 2);
}

TEST_F(StreamTest, TellsWhatWasCutOff) {
  write({4}, picture(64, 16));
  const auto cut = [&](const std::string& crop) {
    return stream({.crop = crop}).draw({}, {}, {.begin = 0, .count = 30, .total = 30}, 1).cut;
  };
  const auto middle = torch::tensor({{1.5F, 0.0F, 1.5F, 0.0F}});
  EXPECT_TRUE(torch::equal(cut("center"), middle.expand({30, 4})));
  const auto random = cut("random");
  EXPECT_TRUE(torch::allclose(random.sum(1), torch::full({30}, 3.0)));
  EXPECT_GT(random.select(1, 0).std().item<double>(), 0.3);
}

TEST_F(StreamTest, GivesEachBatchPicturesOfOneShape) {
  const auto path = folder_.path() / "shapes.tar";
  io::TarWriter tar(path);
  for (int i = 0; i < 600; ++i) {
    const auto name = three_digits(i);
    tar.add(name + ".png", i % 3 == 0 ? picture(48, 24) : picture(24, i % 3 == 1 ? 48 : 24));
    tar.add(name + ".txt", name);
  }
  tar.finish();
  index({path});
  const StreamConfig config{.aspects = {"1:1", "2:1", "1:2"}};
  const auto stream = this->stream(config);
  const Phase phase{.resolution = 16, .batch = 10};
  std::map<std::pair<int, int>, int> shapes;
  std::vector<int> all;
  double cut = 0;
  for (int update = 0; update < 48; ++update) {
    const auto drawn = stream.draw(phase, {.update = update, .pass = 0, .views = update * 10},
                                   {.begin = 0, .count = 10, .total = 10}, 1);
    EXPECT_TRUE(drawn.fitted);
    const auto& first = drawn.images[0];
    ++shapes[{first.width, first.height}];
    for (const auto& image : drawn.images) {
      EXPECT_EQ(image.width, first.width);
      EXPECT_EQ(image.height, first.height);
    }
    for (const auto& row : drawn.text.states.unbind()) {
      const auto digits = row.flatten() - '0';
      all.push_back(digits.dot(torch::tensor({100.0, 10.0, 1.0}, torch::kHalf)).item<int>());
    }
    cut += drawn.cut.sum().item<double>();
  }
  EXPECT_EQ(shapes.size(), 3);
  for (const auto& [shape, count] : shapes) EXPECT_GE(count, 10);
  EXPECT_TRUE(shapes.contains({24, 8}));
  EXPECT_TRUE(shapes.contains({16, 16}));
  EXPECT_LT(cut / 480, 0.5);  // 24x8 takes a third off a 2:1 picture
  std::ranges::sort(all);
  EXPECT_TRUE(std::ranges::adjacent_find(all) == all.end());

  const auto half = stream.draw(phase, {.update = 3, .pass = 0, .views = 30},
                                {.begin = 5, .count = 5, .total = 10}, 1);
  const auto whole = this->stream(config).draw(phase, {.update = 3, .pass = 0, .views = 30},
                                               {.begin = 0, .count = 10, .total = 10}, 1);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(half.images[i].rgb, whole.images[i + 5].rgb);
}

TEST_F(StreamTest, ReadsTheStatesThatTheShardHas) {
  const auto path = folder_.path() / "encoded.tar";
  const auto write_with = [&](const std::string& encoder, std::size_t captions) {
    io::TarWriter tar(path);
    for (int i = 0; i < 40; ++i) {
      const auto name = three_digits(i);
      tar.add(name + ".png", picture());
      tar.add(name + ".txt", i % 2 ? "no number" : name);
      if (i % 2 == 0) continue;
      const auto states = encoder_.encode({name}, {}).states[0].to(torch::kHalf);
      const std::vector<Tensor> rows(captions, states);
      tar.add(name + ".text.safetensors", TextMember{.encoder = encoder, .rows = rows}.bytes());
    }
    tar.finish();
    index({path});
  };
  write_with("fake", 1);
  auto shown = numbers(stream({.min_caption = 3}), 0, 38);
  std::ranges::sort(shown);
  for (int i = 0; i < 38; ++i) EXPECT_EQ(shown[std::size_t(i)], i < 19 ? i + 1 : i + 2);

  write_with("other", 1);
  EXPECT_THAT([&] { numbers(stream(), 0, 39); },
              ThrowsMessage<ConfigError>(HasSubstr("expected states of fake")));
  write_with("fake", 2);
  const auto stream = this->stream();
  for (const int number : numbers(stream, 0, 39)) EXPECT_EQ(number % 2, 0);
  EXPECT_EQ(stream.skipped().at(data::Fault::broken_states).times, 20);
}

TEST_F(StreamTest, ShrinksLargePicturesAsItDoesSmallOnes) {
  write({4}, picture(8 * 9 + 3, 8 * 9));
  const auto large =
      stream({.crop = "center"}).draw({}, {}, {.begin = 0, .count = 1, .total = 1}, 1);
  const auto& image = large.images[0];
  for (int y = 0; y < 8; ++y) {
    EXPECT_GT(image.at(2, y)[0], 250);
    EXPECT_LT(image.at(2, y)[2], 5);
    EXPECT_GT(image.at(5, y)[2], 250);
    EXPECT_LT(image.at(5, y)[0], 5);
  }
}

TEST_F(StreamTest, WhatCannotBeUsedIsReplacedAndCounted) {
  const auto path = folder_.path() / "mixed.tar";
  io::TarWriter tar(path);
  for (int i = 0; i < 40; ++i) {
    const auto name = three_digits(i);
    tar.add(name + ".png", i % 4 == 1 ? "no picture" : picture(i % 4 == 2 ? 7 : 8));
    tar.add(name + ".txt", i % 4 == 3 ? name + " is far too long" : name);
  }
  tar.finish();
  index({path});
  const auto stream = this->stream({.max_caption = 5});
  const auto shown = numbers(stream, 0, 39);
  for (const int number : shown) EXPECT_EQ(number % 4, 0);
  EXPECT_EQ(numbers(stream, 0, 39), shown);
  const auto skipped = stream.skipped();
  ASSERT_EQ(skipped.size(), 3);
  for (const auto& [fault, example] :
       {std::pair{data::Fault::broken_picture, "expected a "},
        {data::Fault::picture_too_small, "expected at least 8x8, got 7x8"},
        {data::Fault::caption_too_long, "expected a caption of at most 5 bytes, got "}}) {
    EXPECT_EQ(skipped.at(fault).times, 10);  // each once, however often it came
    EXPECT_THAT(data::told(fault, skipped.at(fault)),
                testing::AllOf(HasSubstr(data::kFaults[std::size_t(fault)]),
                               HasSubstr("mixed.tar: 0"), HasSubstr(example)));
  }
}

TEST_F(StreamTest, ManyInARowAreAnErrorThatSaysWhy) {
  write({600}, "no picture");
  EXPECT_THAT([&] { numbers(stream(), 0, 1); },
              ThrowsMessage<FormatError>(testing::AllOf(HasSubstr("100 samples in a row"),
                                                        HasSubstr("shard-0.tar: "),
                                                        HasSubstr("tar --sort=name"))));
}

TEST_F(StreamTest, OneUsableSampleOfFewIsTooFew) {
  write_broken({5}, {0, 1, 2, 4});
  EXPECT_THAT([&] { stream(); },
              ThrowsMessage<FormatError>(HasSubstr("2 samples that can be used, got fewer of 5")));
  write_broken({5}, {0, 1, 2});
  EXPECT_EQ(numbers(stream({}, Split::held_out), 0, 1), std::vector{3});
  EXPECT_EQ(numbers(stream(), 0, 2), (std::vector{4, 4}));
}

TEST_F(StreamTest, OneSampleIsTooFew) {
  write({1});
  EXPECT_THAT([&] { stream(); }, ThrowsMessage<InputError>(HasSubstr("at least 2 samples, got 1")));
}

TEST_F(StreamTest, HasNoDomains) {
  write({5});
  EXPECT_THAT(
      [&] {
        stream().check_phase({.weights = {{"photo", 1}}});
      },
      ThrowsMessage<ConfigError>(HasSubstr("phases: weights, kept: expected none")));
}

TEST(StreamConfig, NamesTheFieldThatIsWrong) {
  const auto message = [](const StreamConfig& config) {
    try {
      config.validate();
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message({.crop = "left"}), HasSubstr("stream.crop"));
  EXPECT_THAT(message({.aspects = {"1:1", "9:1"}}), HasSubstr("stream.aspects"));
  EXPECT_THAT(message({.caption = ""}), HasSubstr("stream.caption"));
  EXPECT_THAT(message({.min_caption = 9, .max_caption = 8}), HasSubstr("stream.max_caption"));
  EXPECT_THAT(message({.window = 0}), HasSubstr("stream.window"));
  EXPECT_EQ(message({}), "");
}

}  // namespace
}  // namespace imagine::train
