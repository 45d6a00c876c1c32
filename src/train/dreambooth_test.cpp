#include "train/dreambooth.h"

#include <fstream>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/shard.h"
#include "imagine/engine.h"
#include "imagine/error.h"
#include "io/image_file.h"
#include "models/tiny_model.h"

namespace imagine::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class DreamboothTest : public testing::Test {
 protected:
  DreamboothTest() {
    io::fs::create_directory(folder_ / "pictures");
    for (const int width : {40, 61}) {
      const Image image{.width = width,
                        .height = 50,
                        .rgb = std::vector<std::uint8_t>(std::size_t(width) * 150, 90)};
      io::write_file(folder_ / "pictures" / concat(width, ".PNG"),
                     io::encode_image(image, ImageFormat::png));
    }
  }

  DreamboothOptions options(const std::string& run = "run") const {
    return {.pictures = (folder_ / "pictures").string(),
            .prompt = "a zwk mug",
            .kind = "a mug",
            .out = (folder_ / (run + ".safetensors")).string(),
            .run = (folder_ / run).string(),
            .rank = 2,
            .priors = 2,
            .views = 16,
            .batch = 2,
            .learning_rate = 1e-2};
  }

  std::vector<std::uint8_t> drawn(const std::vector<LoraUse>& loras) const {
    const Request request{.prompt = "a zwk mug", .size = 32, .loras = loras};
    return Engine({.dtype = "fp32"}).draw(Model::open(model_.path()), request).at(0).image.rgb;
  }

  io::TemporaryFolder folder_;
  models::TinyModel model_;
};

const auto kGoOn = [](const Progress&) { return true; };

TEST_F(DreamboothTest, LeavesChangesWithWhichTheModelDrawsOtherPictures) {
  dreambooth(model_.path(), options(), kGoOn);
  const auto plain = drawn({});
  EXPECT_NE(drawn({{options().out, 1}}), plain);
  EXPECT_EQ(drawn({{options().out, 0}}), plain);
  EXPECT_EQ(drawn({{options().out, 0.5}, {options().out, -0.5}}), plain);
}

TEST_F(DreamboothTest, KeepsThePromptsThatAreNamedOrThatTheModelBrings) {
  const auto kept = [this](const char* run, const std::string& keep) {
    auto keeping = options(run);
    keeping.keep = keep;
    dreambooth(model_.path(), keeping, kGoOn);
    std::vector<std::string> captions;
    data::read_shard(folder_ / run / "pictures" / "train-32-kept-00000.tar",
                     [&](const data::Sample& sample) {
                       captions.push_back(sample.captions.at(0).text);
                       EXPECT_EQ(sample.image.width, 32);
                     });
    return captions;
  };
  std::ofstream(model_.path() / "captions.txt") << "a green cone\n";
  std::ofstream(folder_ / "keep.txt") << "a red cube\r\n\nthree blue spheres\n";
  EXPECT_THAT(kept("named", (folder_ / "keep.txt").string()),
              ElementsAre("a red cube", "three blue spheres"));
  EXPECT_THAT(kept("own", ""), ElementsAre("a green cone"));
}

TEST_F(DreamboothTest, WeighsWhatIsKept) {
  const auto learned = [this](const char* run, double keep_weight) {
    auto weighed = options(run);
    weighed.keep_weight = keep_weight;
    dreambooth(model_.path(), weighed, kGoOn);
    return io::read_file(weighed.out);
  };
  const auto changes = learned("first", 1);
  EXPECT_EQ(learned("second", 1), changes);
  EXPECT_NE(learned("third", 100), changes);
}

TEST_F(DreamboothTest, GoesOnWhereItWasInterrupted) {
  EXPECT_THROW(dreambooth(model_.path(), options(),
                          [](const Progress& progress) { return progress.update < 3; }),
               Interrupted);
  EXPECT_FALSE(io::fs::exists(options().out));
  auto other = options();
  other.prompt = "a xyz mug";
  EXPECT_THAT([&] { dreambooth(model_.path(), other, kGoOn); },
              ThrowsMessage<ConfigError>(HasSubstr("a run of the same options")));
  const auto added = io::fs::path(options().pictures) / "z.png";
  io::write_file(added,
                 io::encode_image({.width = 1, .height = 1, .rgb = {1, 2, 3}}, ImageFormat::png));
  EXPECT_THAT([&] { dreambooth(model_.path(), options(), kGoOn); },
              ThrowsMessage<ConfigError>(HasSubstr("the pictures that the run began with")));
  io::fs::remove(added);
  int64_t first = -1;
  dreambooth(model_.path(), options(), [&](const Progress& progress) {
    if (first < 0 && progress.preparing.empty()) first = progress.update;
    return true;
  });
  EXPECT_EQ(first, 3);
}

TEST_F(DreamboothTest, DrawsNoMoreThanItShowsAndGoesOnWhereItStopped) {
  auto slow = models::read_model_file(model_.path());
  slow.stages[0].sampling.steps = 100;  // it is asked whether it goes on while a file is drawn
  io::write_json(model_.path() / "model.json", to_json(slow));
  auto long_list = options();
  long_list.views = 60, long_list.priors = 100;
  {
    std::ofstream file(long_list.keep = (folder_ / "keep.txt").string());
    for (int i = 0; i < 50; ++i) file << "a cube " << i << '\n';
  }
  const auto kept = [&] {
    std::vector<std::string> captions;
    for (const auto& shard : data::find_shards(folder_ / "run" / "pictures", "train-32-kept-")) {
      data::read_shard(shard,
                       [&](const data::Sample& s) { captions.push_back(s.captions.at(0).text); });
    }
    return captions;
  };
  EXPECT_THAT(
      [&] {
        dreambooth(model_.path(), long_list, [](const Progress& p) { return p.prepared < 44; });
      },
      ThrowsMessage<Interrupted>(testing::AllOf(HasSubstr("stopped after 44 of 48"),
                                                HasSubstr("the same command goes on"))));
  EXPECT_EQ(kept().size(), 16u);  // 20 of the kind, 8 held out, one file of those kept
  int64_t first = -1;
  dreambooth(model_.path(), long_list, [&](const Progress& p) {
    if (first < 0 && p.to_prepare > 0) first = p.prepared;
    return true;
  });
  EXPECT_EQ(first, 44);
  const auto captions = kept();
  EXPECT_EQ(captions.size(), 20u);
  EXPECT_EQ(captions.front(), "a cube 0");
  EXPECT_EQ(captions.back(), "a cube 47");
}

TEST_F(DreamboothTest, WhatCannotBeTaughtIsRefused) {
  const auto refuses = [&](const auto& change, const char* message) {
    auto wrong = options();
    change(wrong);
    EXPECT_THAT([&] { dreambooth(model_.path(), wrong, kGoOn); },
                ThrowsMessage<InputError>(HasSubstr(message)));
  };
  refuses([](auto& o) { o.kind = o.prompt; }, "prompt: expected more than the kind");
  refuses([](auto& o) { o.prompt = ""; }, "prompt: expected a text");
  refuses([](auto& o) { o.rank = 0; }, "rank: expected");
  refuses([](auto& o) { o.keep_weight = -1; }, "keep_weight: expected");
  refuses([&](auto& o) { o.pictures = (folder_ / "none").string(); }, "got none");
  refuses([&](auto& o) { o.out = o.pictures; }, "not there yet");
  refuses([&](auto& o) { o.out = (folder_ / "none" / "x.safetensors").string(); },
          "a folder that exists");
  auto unseen = options();
  unseen.views = 0;
  EXPECT_THAT([&] { dreambooth(model_.path(), unseen, kGoOn); },
              ThrowsMessage<ConfigError>(HasSubstr("views")));
  refuses([this](auto& o) { std::ofstream(o.keep = (folder_ / "none.txt").string()); },
          "expected prompts, one a line");
  std::ofstream(folder_ / "bad.jpg") << "not a picture";
  refuses([this](auto& o) { o.pictures = folder_.path().string(); }, "bad.jpg");
  EXPECT_FALSE(io::fs::exists(folder_ / "run"));
}

TEST_F(DreamboothTest, NamesThePicturesThatCannotBeReadAndTakesTheOthers) {
  for (const char* name : {"bad.jpg", "worse.png", ".DS_Store", "._40.PNG", "Thumbs.db"}) {
    std::ofstream(folder_ / "pictures" / name) << "not a picture";
  }
  std::vector<std::string> told;
  dreambooth(model_.path(), options(), [&](const Progress& progress) {
    if (progress.event.starts_with("not taken")) told.push_back(progress.event);
    return true;
  });
  EXPECT_THAT(told, ElementsAre(HasSubstr("bad.jpg: "), HasSubstr("worse.png: ")));
  int64_t shown = 0;
  data::read_shard(folder_ / "run" / "pictures" / "train-32-thing-00000.tar",
                   [&](const data::Sample&) { ++shown; });
  EXPECT_EQ(shown, 2 * 16);
}

}  // namespace
}  // namespace imagine::train
