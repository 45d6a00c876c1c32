#include <gmock/gmock.h>

#include <torch/utils.h>

#include "data/shard.h"
#include "diffusion/flow.h"
#include "imagine/engine.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "models/minit2i/layout.h"
#include "models/quantize.h"
#include "nn/tensor_file.h"
#include "train/distill.h"
#include "train/dreambooth.h"
#include "train/lora_objective.h"
#include "train/model_training.h"
#include "train/run_model.h"
#include "train/tiny_networks.h"
#include "train/trainer.h"

namespace imagine::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const auto kGoOn = [](const Progress&) { return true; };

/// A tiny MiniT2I with its text encoder: 64 pixels, states 32 wide.
io::fs::path tiny() { return io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-minit2i"; }

Image grey(int side, std::uint8_t value) {
  return {.width = side,
          .height = side,
          .rgb = std::vector<std::uint8_t>(std::size_t(side) * std::size_t(side) * 3, value)};
}

class MiniT2iTrainingTest : public testing::Test {
 protected:
  MiniT2iTrainingTest() {
    torch::manual_seed(7);
    const data::Sample sample{
        .key = "k", .domain = "plain", .image = grey(64, 90), .captions = {{"grey", "en"}}};
    for (const char* name : {"train-64-plain-00000.tar", "heldout-64-plain-00000.tar"}) {
      data::write_shard(folder_ / name, {sample, sample}, 0);
    }
  }

  /// A run of a few updates.
  TrainConfig config(const std::string& out, const Json& more) const {
    Json json = {{"stage", "minit2i"},
                 {"out", (folder_ / out).string()},
                 {"shards", folder_.path().string()},
                 {"warm_up", 0},
                 {"dtype", "fp32"},
                 {"phases", {{{"views", 8}, {"resolution", 64}, {"batch", 2}}}}};
    json.update(more);
    io::write_json(folder_ / "run.json", json);
    return read_train_config((folder_ / "run.json").string());
  }

  static std::unique_ptr<Objective> objective(const TrainConfig& config, bool changes = false) {
    auto made = make_objective(config);
    nn::LoadOptions options;
    if (changes) options = {.dtype = std::nullopt, .mapped = true};
    if (const auto start = start_of(config)) made->load(*start, options);
    return made;
  }

  static Lesson lesson(const Objective& objective, int64_t count = 2) {
    auto generator = at::detail::createCPUGenerator(5);
    const auto pixels = torch::rand({count, 3, 64, 64}, generator) * 2 - 1;
    const Batch batch{.pixels = pixels,
                      .text = {.states = torch::randn({count, 5, 32}, generator),
                               .mask = torch::ones({count, 5}, torch::kBool)}};
    return objective.prepared(batch, Phase{.noise_mean = -0.8, .noise_std = 0.8}, generator);
  }

  static std::vector<std::uint8_t> drawn(const io::fs::path& model,
                                         const std::vector<LoraUse>& loras = {}) {
    Request request{.prompt = "grey", .loras = loras};
    return Engine({.dtype = "fp32"}).draw(Model::open(model), request).at(0).image.rgb;
  }

  io::TemporaryFolder folder_;
};

/// As upstream's training has it: x0 of t x + 2 (1 - t) noise, both velocities with the floor.
TEST_F(MiniT2iTrainingTest, TheLossIsThatOfTheVelocityWithItsFloor) {
  const auto run = config("run", {{"start_from", tiny().string()}, {"caption_drop", 0}});
  const auto made = objective(run);
  const auto given = lesson(*made);
  const torch::NoGradGuard no_grad;
  const auto clean = given.batch.pixels, t = given.t.view({-1, 1, 1, 1});
  const auto noisy = t * clean + (1 - t) * 2 * given.noise;
  const auto left = (1 - t).clamp_min(0.05);
  const auto predicted = (made->predicted(given) - noisy) / left;
  const auto expected = (predicted - (clean - noisy) / left).square().mean().item<double>();
  EXPECT_NEAR(made->loss(given).item<double>(), expected, 1e-5 * expected);
}

TEST_F(MiniT2iTrainingTest, ACaptionThatIsDroppedIsNotRead) {
  for (const double drop : {0.0, 1.0}) {
    const auto made =
        objective(config("run", {{"start_from", tiny().string()}, {"caption_drop", drop}}));
    auto given = lesson(*made);
    const auto before = made->loss(given).item<double>();
    given.batch.text.states = given.batch.text.states + 1;
    EXPECT_EQ(made->loss(given).item<double>() == before, drop == 1) << drop;
  }
}

TEST_F(MiniT2iTrainingTest, BlocksThatAreComputedAgainHaveTheSameGradients) {
  std::vector<Tensor> gradients;
  for (const bool again : {false, true}) {
    const auto made =
        objective(config("run", {{"start_from", tiny().string()}, {"recompute", again}}));
    made->loss(lesson(*made)).backward();
    std::vector<Tensor> flat;
    for (const auto& parameter : made->network().parameters()) {
      flat.push_back(parameter.grad().defined() ? parameter.grad().flatten()
                                                : torch::zeros({parameter.numel()}));
    }
    gradients.push_back(torch::cat(flat));
  }
  EXPECT_GT(gradients[0].norm().item<double>(), 1e-3);
  EXPECT_LT((gradients[1] - gradients[0]).norm().item<double>(),
            1e-5 * gradients[0].norm().item<double>());
}

/// Each layer's change is added to what comes out; the same as a changed weight.
TEST_F(MiniT2iTrainingTest, ChangesOfLayersAreThoseOfTheirWeights) {
  const auto run = config("run", {{"start_from", tiny().string()}, {"lora", {{"rank", 2}}}});
  const auto made = objective(run, /*changes=*/true);
  const auto given = lesson(*made);
  const torch::NoGradGuard no_grad;
  const auto before = made->predicted(given).clone();
  for (auto& parameter : made->trained().parameters()) parameter.normal_(0, 0.1);
  const auto changed = made->predicted(given).clone();
  auto whole = run;
  whole.lora = {};
  const auto merged = objective(whole);
  for (auto& item : merged->network().named_parameters()) {
    const auto layer = item.key().substr(0, item.key().rfind('.'));
    const auto of = [&](const char* part) {
      return made->trained().named_parameters()[layer + part].flatten(1);
    };
    if (!made->trained().named_parameters().contains(layer + ".lora_A.weight")) continue;
    if (!item.key().ends_with("weight")) continue;
    const auto change = of(".lora_B.weight").matmul(of(".lora_A.weight"));
    item.value().add_(change.view_as(item.value()));
  }
  EXPECT_GT((changed - before).abs().max().item<double>(), 0.05);
  EXPECT_LT((merged->predicted(given) - changed).abs().max().item<double>(), 1e-4);
}

TEST_F(MiniT2iTrainingTest, NewWeightsBeginWithGreyAndLearn) {
  Json network = to_json(models::minit2i_config(tiny()));
  const auto run = config("new", {{"minit2i", network},
                                  {"text_encoder", (tiny() / "text_encoder").string()},
                                  {"phases",
                                   {{{"views", 120},
                                     {"resolution", 64},
                                     {"batch", 2},
                                     {"learning_rate", 2e-3},
                                     {"final_learning_rate", 2e-3}}}}});
  const auto made = objective(run);
  EXPECT_EQ(made->predicted(lesson(*made)).abs().max().item<double>(), 0);
  double first = 0, last = 0;
  train(run, [&](const Progress& progress) {
    if (progress.update == 1) first = progress.loss;
    last = progress.loss;
    return true;
  });
  EXPECT_LT(last, 0.5 * first);
}

TEST_F(MiniT2iTrainingTest, LeavesAFolderThatDraws) {
  const auto run = config("run", {{"start_from", tiny().string()}});
  EXPECT_EQ(run.text_encoder, (tiny() / "text_encoder").string());
  train(run, kGoOn);
  const auto model = model_of_run(run).value();
  EXPECT_EQ(model, folder_ / "run" / "model");
  EXPECT_EQ(models::minit2i_config(model).prompt_length, 24);
  EXPECT_NE(drawn(model), drawn(tiny()));
  // It is a start for another run, as its stage is.
  for (const auto& start : {model, folder_ / "run" / "stage"}) {
    const auto next = config("next", {{"start_from", start.string()},
                                      {"text_encoder", (tiny() / "text_encoder").string()}});
    EXPECT_EQ(next.minit2i.txt_input_size, 32);
    EXPECT_NO_THROW(objective(next));
  }
}

TEST_F(MiniT2iTrainingTest, ChangesAreReadUnderTheNamesThatUpstreamGivesThem) {
  const auto run = config(
      "run",
      {{"start_from", tiny().string()},
       {"lora", {{"rank", 2}}},
       {"phases", {{{"views", 8}, {"resolution", 64}, {"batch", 2}, {"learning_rate", 0.02}}}}});
  train(run, kGoOn);
  const auto stage = folder_ / "run" / "stage";
  const io::SafetensorsFile ours(stage / "lora.safetensors"),
      peft(stage / "peft" / "adapter_model.safetensors");
  const std::string layer = "model.net.double_blocks.0.img_qkv.lora_A.weight";
  EXPECT_TRUE(ours.tensors().contains(layer));
  EXPECT_TRUE(peft.tensors().contains("base_model.model." + layer));
  const auto config = io::read_json(stage / "peft" / "adapter_config.json");
  EXPECT_EQ(config["r"], 2);
  EXPECT_THAT(config["target_modules"], testing::Contains("model.net.double_blocks.0.img_qkv"));
  const auto plain = drawn(tiny()), changed = drawn(tiny(), {{.file = stage.string()}});
  EXPECT_NE(plain, changed);
  EXPECT_EQ(drawn(tiny(), {{.file = (stage / "peft").string()}}), changed);

  // Upstream changes a layer that its network does not read, and calls it so.
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, view] : peft.tensors()) tensors[name] = nn::tensor_of(peft, name);
  tensors["base_model.model.model.net.pooled_embedder.mlp.0.lora_A.weight"] = torch::ones({2, 32});
  tensors["base_model.model.model.net.pooled_embedder.mlp.0.lora_B.weight"] = torch::ones({64, 2});
  nn::save_tensors(tensors, stage / "peft" / "adapter_model.safetensors");
  EXPECT_EQ(drawn(tiny(), {{.file = (stage / "peft").string()}}), changed);
}

TEST_F(MiniT2iTrainingTest, DreamboothLearnsFromAFewPictures) {
  io::fs::create_directory(folder_ / "pictures");
  io::write_file(folder_ / "pictures" / "one.png",
                 io::encode_image(grey(80, 200), ImageFormat::png));
  const auto out = folder_ / "zwk.safetensors";
  dreambooth(tiny(),
             {.pictures = (folder_ / "pictures").string(),
              .prompt = "a zwk mug",
              .kind = "a mug",
              .out = out.string(),
              .run = (folder_ / "dreambooth").string(),
              .rank = 2,
              .priors = 2,
              .views = 8,
              .batch = 2,
              .learning_rate = 1e-2},
             kGoOn);
  EXPECT_NE(drawn(tiny(), {{.file = out.string()}}), drawn(tiny()));
}

TEST_F(MiniT2iTrainingTest, ADistilledNetworkDrawsInItsStepsWithoutGuidance) {
  DistillOptions options{.out = (folder_ / "fast").string(),
                         .stream = {.shards = {folder_.path().string()}},
                         .run = (folder_ / "distill").string(),
                         .steps = 4,
                         .substeps = 2,
                         .views = 8,
                         .batch = 2};
  distill(tiny(), options, kGoOn);
  const auto model = Model::open(options.out);
  const auto recipe = Engine({.dtype = "fp32"}).draw(model, {.prompt = "grey"}).at(0).recipe;
  const auto& settings = recipe.stages.at(0);
  EXPECT_EQ(settings.sampler, SamplerName::euler);
  EXPECT_EQ(std::get<std::int64_t>(settings.steps), 4);
  EXPECT_EQ(settings.guidance, 1);

  // It teaches another, of as many steps as it has.
  const auto from = options.out;
  options.out = (folder_ / "faster").string(), options.run = (folder_ / "again").string();
  options.steps = 1;
  EXPECT_THAT([&] { distill(from, options, kGoOn); },
              ThrowsMessage<ConfigError>(HasSubstr("the 4 steps in which")));
  options.steps = 2;
  distill(from, options, kGoOn);
  EXPECT_TRUE(models::minit2i_schedule(options.out, models::minit2i_config(options.out)).distilled);
}

TEST_F(MiniT2iTrainingTest, ARunOfAnotherTextEncoderIsAnotherRun) {
  const auto run = config("run", {{"start_from", tiny().string()}});
  EXPECT_EQ(run.shard_size, 64);
  auto other = run;
  other.text_encoder = "elsewhere";
  EXPECT_NE(other.identity(), run.identity());
}

TEST_F(MiniT2iTrainingTest, NothingIsLearnedFromBytes) {
  const auto bytes = folder_ / "bytes";
  models::quantize_model(
      tiny(), bytes, [](const auto&) {}, [] { return true; });
  const auto refuses = [](const auto& run) {
    EXPECT_THAT(run, ThrowsMessage<ConfigError>(HasSubstr("that were not quantized")));
  };
  refuses([&] { objective(config("run", {{"start_from", bytes.string()}})); });
  refuses([&] {
    objective(config("run", {{"start_from", bytes.string()}, {"lora", {{"rank", 2}}}}), true);
  });
  io::fs::create_directory(folder_ / "pictures");
  io::write_file(folder_ / "pictures" / "one.png",
                 io::encode_image(grey(80, 200), ImageFormat::png));
  refuses([&] {
    dreambooth(bytes,
               {.pictures = (folder_ / "pictures").string(),
                .prompt = "a zwk mug",
                .kind = "a mug",
                .out = (folder_ / "zwk.safetensors").string(),
                .run = (folder_ / "dreambooth").string()},
               kGoOn);
  });
  EXPECT_FALSE(io::fs::exists(folder_ / "dreambooth"));  // before anything is drawn
  refuses([&] {
    distill(bytes,
            {.out = (folder_ / "fast").string(),
             .stream = {.shards = {folder_.path().string()}},
             .run = (folder_ / "distill").string()},
            kGoOn);
  });
}

TEST_F(MiniT2iTrainingTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(
      [&] {
        config("run", {{"start_from", tiny().string()}, {"minit2i", {{"hidden_size", 128}}}});
      },
      ThrowsMessage<ConfigError>(
          AllOf(HasSubstr("minit2i.hidden_size: expected 64"), HasSubstr("got 128"))));
  EXPECT_THAT(
      [&] {
        config("run", {{"start_from", tiny().string()}, {"phases", {{{"resolution", 32}}}}});
      },
      ThrowsMessage<ConfigError>(HasSubstr("phases: resolution: expected 64")));
  const auto missing = config(
      "run", {{"start_from", "nowhere"}, {"minit2i", to_json(models::minit2i_config(tiny()))}});
  EXPECT_THAT([&] { objective(missing); },
              ThrowsMessage<ConfigError>(HasSubstr("nowhere: expected weights to start from")));
  const auto student = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-minit2i-mf/student";
  EXPECT_THAT(
      [&] {
        objective(config("run", {{"start_from", student.string()}}));
      },
      ThrowsMessage<ConfigError>(HasSubstr("got a student")));
  auto wide = config("run", {{"start_from", tiny().string()}});
  wide.text_encoder =
      (io::fs::path(IMAGINE_SOURCE_DIR) / "models/imagine-small/text_encoder").string();
  EXPECT_THAT([&] { train(wide, kGoOn); },
              ThrowsMessage<ConfigError>(HasSubstr("txt_input_size: expected 384")));
}

}  // namespace
}  // namespace imagine::train
