#include "train/distill.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/shard.h"
#include "imagine/engine.h"
#include "imagine/error.h"
#include "io/image_file.h"
#include "io/tar.h"
#include "models/tiny_model.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class DistillTest : public testing::Test {
 protected:
  DistillTest() {
    const Image grey{.width = 32, .height = 32, .rgb = std::vector<std::uint8_t>(32 * 32 * 3, 90)};
    const data::Sample sample{
        .key = "k", .domain = "plain", .image = grey, .captions = {{"grey", "en"}}};
    for (const char* name : {"train-32-plain-00000.tar", "heldout-32-plain-00000.tar"}) {
      data::write_shard(folder_ / name, {sample, sample}, 0);
    }
  }

  DistillOptions options() const {
    return {.out = (folder_ / "fast").string(),
            .stream = {.shards = {folder_.path().string()}},
            .run = (folder_ / "run").string(),
            .steps = 1,
            .substeps = 2,
            .views = 16,
            .batch = 2};
  }

  io::TemporaryFolder folder_;
  models::TinyModel model_;
};

const auto kGoOn = [](const Progress&) { return true; };

TEST_F(DistillTest, AddsANetworkThatDrawsInFewStepsWithoutGuidance) {
  distill(model_.path(), options(), kGoOn);
  Engine engine;
  const auto fast = Model::open(folder_ / "fast");
  const auto picture = engine.draw(fast, {.prompt = "grey"}).at(0);
  EXPECT_EQ(picture.image.width, 64);
  EXPECT_EQ(picture.recipe.stages[0].steps, Steps(std::int64_t(1)));
  EXPECT_EQ(picture.recipe.stages[0].sampler, SamplerName::euler);
  EXPECT_EQ(picture.recipe.stages[0].guidance, 1);
  const Request asked{.prompt = "grey", .stages = {{.steps = std::int64_t(2), .guidance = 3.0}}};
  EXPECT_EQ(engine.draw(fast, asked).at(0).image.rgb,
            Engine().draw(Model::open(model_.path()), asked).at(0).image.rgb);
}

TEST_F(DistillTest, TheQuickNetworkTeachesOneWithFewerSteps) {
  auto first = options();
  first.steps = 2;
  first.learning_rate = 1;  // goes far from the base
  distill(model_.path(), first, kGoOn);
  auto second = options();
  second.out = (folder_ / "faster").string();
  second.run = (folder_ / "second").string();
  second.learning_rate = 1e-9;  // stays its teacher
  distill(folder_ / "fast", second, kGoOn);
  const auto weights = [](const io::fs::path& folder) {
    return nn::tensor_of(io::SafetensorsFile(folder / "model.safetensors"), "to_pixels.weight")
        .to(torch::kFloat);
  };
  const auto quick = weights(folder_ / "fast/quick");
  EXPECT_FALSE(torch::allclose(weights(folder_ / "fast/base"), quick, 0, 5e-2));
  EXPECT_TRUE(torch::allclose(weights(folder_ / "faster/quick"), quick, 0, 1e-2));
  const auto model = models::read_model_file(folder_ / "faster");
  EXPECT_EQ(model.stages[0].distilled.sampling.steps, 1);
}

TEST_F(DistillTest, LearnsFromTheStreamsThatTrainingReads) {
  io::fs::create_directory(folder_ / "mine");
  io::TarWriter tar(folder_ / "mine" / "pictures.tar");
  const Image grey{.width = 40, .height = 48, .rgb = std::vector<std::uint8_t>(40 * 48 * 3, 90)};
  for (int i = 0; i < 4; ++i) {
    tar.add(concat(i, ".png"), io::encode_image(grey, ImageFormat::png));
    tar.add(concat(i, ".txt"), "grey");
  }
  tar.finish();
  auto streamed = options();
  streamed.stream.shards = {(folder_ / "mine").string()};
  distill(model_.path(), streamed, kGoOn);
  EXPECT_TRUE(io::fs::exists(folder_ / "run" / "shards.index"));
  EXPECT_NO_THROW(Engine().draw(Model::open(folder_ / "fast"), {.prompt = "grey"}));
}

TEST_F(DistillTest, SaysWhichBaseTaughtTheQuickNetwork) {
  distill(model_.path(), options(), kGoOn);
  const auto model = models::read_model_file(folder_ / "fast");
  EXPECT_EQ(model.stages[0].distilled.teacher, models::fingerprint_of(folder_ / "fast" / "base"));
}

TEST_F(DistillTest, GoesOnWhereItWasInterrupted) {
  const auto stop = [](const Progress& progress) { return progress.update < 3; };
  EXPECT_THROW(distill(model_.path(), options(), stop), Interrupted);
  EXPECT_FALSE(io::fs::exists(folder_ / "fast"));
  int64_t first = -1;
  distill(model_.path(), options(), [&](const Progress& progress) {
    if (first < 0 && progress.preparing.empty()) first = progress.update;
    return true;
  });
  EXPECT_EQ(first, 3);
  EXPECT_TRUE(io::fs::exists(folder_ / "fast" / "model.json"));
}

TEST_F(DistillTest, ReplacesNothing) {
  io::fs::create_directory(folder_ / "fast");
  EXPECT_THAT([&] { distill(model_.path(), options(), kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("not there yet")));
  EXPECT_THROW(distill(
                   folder_ / "none",
                   [&] {
                     auto other = options();
                     other.out = (folder_ / "other").string();
                     return other;
                   }(),
                   kGoOn),
               Error);
}

}  // namespace
}  // namespace imagine::train
