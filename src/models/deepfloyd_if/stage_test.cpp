#include "models/deepfloyd_if/stage.h"

#include <cstdlib>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "models/deepfloyd_if/family.h"
#include "models/families.h"
#include "models/stage_run.h"
#include "nn/tensor_file.h"
#include "text/text_encoder.h"

namespace imagine::models {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

namespace fs = std::filesystem;

/// A copy of the tiny DeepFloyd IF that a test may break.
class IfStageTest : public testing::Test {
 protected:
  IfStageTest() {
    const fs::path source = fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if";
    for (const auto* stage : {"stage1", "stage2"}) {
      fs::copy(source / stage, path() / stage, fs::copy_options::recursive);
    }
  }

  const fs::path& path() const { return folder_.path(); }

  /// Reads all files that a picture needs, and draws one in a step of each stage.
  void draw() const {
    const auto cascade = open_cascade(path());
    const auto& rule = cascade.text_rules.front();
    const auto encoder = text::load_text_encoder(rule.text_encoder, torch::kFloat);
    StageInput input;
    for (const auto& [stage, index] : cascade.stages) {
      const auto network = stage->load({}, {}, {});
      const auto text = [&](const char* prompt) {
        return network->encode_text(encoder->encode({prompt}, rule.text_length), {});
      };
      input.settings = stage->resolved({.steps = 1}, {});
      const StageTexts texts{.conditional = text("a red cube"), .unconditional = text("")};
      input.coarse =
          models::draw({{.plan = stage->plan(input), .input = input, .texts = texts}}, *network)[0];
      check<FormatError>(input.coarse.isfinite().all().item<bool>(), "expected finite numbers");
    }
  }

  /// What the model says about a file that was changed; the file is whole again afterwards.
  template <class Change>
  std::string complaint(const fs::path& file, const Change& change) const {
    const auto whole = io::read_file(path() / file);
    change(path() / file);
    std::string text = "nothing";
    try {
      draw();
    } catch (const Error& error) {
      text = error.what();
    }
    io::write_file(path() / file, whole);
    return text;
  }

  std::string complaint_with(const fs::path& file, const std::string& key,
                             const Json& value) const {
    return complaint(file, [&](const fs::path& whole) {
      auto json = io::read_json(whole);
      json[key] = value;
      io::write_json(whole, json);
    });
  }

  io::TemporaryFolder folder_;
};

const std::vector<std::string> kNeeded = {"stage1/unet/config.json",
                                          "stage1/unet/diffusion_pytorch_model.safetensors",
                                          "stage1/scheduler/scheduler_config.json",
                                          "stage1/text_encoder/config.json",
                                          "stage1/text_encoder/model.safetensors",
                                          "stage1/tokenizer/spiece.model",
                                          "stage1/model_index.json",
                                          "stage2/model_index.json",
                                          "stage2/unet/config.json",
                                          "stage2/unet/diffusion_pytorch_model.safetensors",
                                          "stage2/scheduler/scheduler_config.json",
                                          "stage2/image_noising_scheduler/scheduler_config.json"};

TEST_F(IfStageTest, EveryFileThatIsMissingOrCutIsNamed) {
  for (const auto& file : kNeeded) {
    const auto name = fs::path(file).filename().string();
    EXPECT_THAT(complaint(file, [](const fs::path& whole) { fs::remove(whole); }), HasSubstr(name))
        << file;
    const auto cut = complaint(
        file, [](const fs::path& whole) { fs::resize_file(whole, fs::file_size(whole) / 2); });
    EXPECT_THAT(cut, HasSubstr(name)) << file;
    const auto empty = complaint(file, [](const fs::path& whole) { fs::resize_file(whole, 0); });
    EXPECT_THAT(empty, HasSubstr(name)) << file;
  }
  EXPECT_NO_THROW(draw());
}

TEST_F(IfStageTest, WeightsOfAnotherTypeOrShapeAreNamed) {
  const fs::path weights = "stage1/unet/diffusion_pytorch_model.safetensors";
  const auto with = [&](const std::string& name, const auto& change) {
    return complaint(weights, [&](const fs::path& whole) {
      std::map<std::string, Tensor> tensors;
      {
        const io::SafetensorsFile file(whole);
        for (const auto& [key, view] : file.tensors()) {
          tensors[key] = nn::tensor_of(file, key).clone();
        }
      }
      change(tensors, name);
      nn::save_tensors(tensors, whole);
    });
  };
  const auto wrong_type = [](auto& tensors, const auto& name) {
    tensors[name] = tensors[name].to(torch::kLong);
  };
  const auto wrong_shape = [](auto& tensors, const auto& name) {
    tensors[name] = tensors[name].flatten();
  };
  const auto missing = [](auto& tensors, const auto& name) { tensors.erase(name); };
  const auto added = [](auto& tensors, const auto& name) { tensors[name] = torch::zeros({2}); };
  EXPECT_THAT(with("conv_in.weight", wrong_type), HasSubstr("expected floating-point numbers"));
  EXPECT_THAT(with("conv_in.weight", wrong_shape), HasSubstr("conv_in.weight: expected [32, 3"));
  EXPECT_THAT(with("conv_in.weight", missing), HasSubstr("conv_in.weight: not in the file"));
  const auto broken = [](auto& tensors, const auto& name) { tensors[name].view(-1)[0] = NAN; };
  EXPECT_THAT(with("conv_in.weight", broken), HasSubstr("expected finite numbers"));
  EXPECT_THAT(with("surprise", added), HasSubstr("surprise: the network has no such parameter"));
}

TEST_F(IfStageTest, ConfigsThatDoNotFitAreNamedByKey) {
  EXPECT_THAT(complaint_with("stage1/unet/config.json", "sample_size", 33),
              HasSubstr("sample_size: expected a multiple of 2, got 33"));
  EXPECT_THAT(complaint_with("stage2/unet/config.json", "class_embed_type", nullptr),
              HasSubstr("class_embed_type: expected timestep"));
  EXPECT_THAT(complaint_with("stage1/text_encoder/config.json", "model_type", "gpt2"),
              HasSubstr("got \"gpt2\""));
  EXPECT_THAT(complaint_with("stage1/text_encoder/config.json", "vocab_size", 900),
              HasSubstr("spiece.model: expected at most 900 pieces"));
  EXPECT_THAT(complaint_with("stage1/text_encoder/config.json", "num_layers", 1000),
              HasSubstr("parameters"));
  EXPECT_THAT(complaint_with("stage1/model_index.json", "_class_name", "StableDiffusionPipeline"),
              HasSubstr("expected a pipeline of DeepFloyd IF, got \"StableDiffusionPipeline\""));
  EXPECT_THAT(complaint_with("stage1/scheduler/scheduler_config.json", "beta_schedule", "odd"),
              HasSubstr("scheduler_config.json: beta_schedule"));
}

TEST_F(IfStageTest, OptionsThatItCannotServeAreRefused) {
  const auto stage = if_stage(path() / "stage2");
  EXPECT_TRUE(stage->enlarges());
  const auto usual = stage->resolved({}, {});
  EXPECT_EQ(usual.steps, Steps(50));
  EXPECT_EQ(usual.guidance, 4);
  EXPECT_EQ(usual.noise_level, 250);
  EXPECT_EQ(usual.sampler, SamplerName::ddpm);
  EXPECT_EQ(stage->resolved({.steps = TimestepList::smart27}, {}).steps,
            Steps(TimestepList::smart27));
  for (const StageOptions& bad :
       {StageOptions{.steps = 0}, StageOptions{.steps = 1001}, StageOptions{.steps = -3},
        StageOptions{.steps = TimestepList::smart27, .sampler = SamplerName::heun_karras},
        StageOptions{.guidance = -1}, StageOptions{.noise_level = 1000},
        StageOptions{.noise_level = 0.5}}) {
    EXPECT_THROW(stage->resolved(bad, {}), InputError);
  }
}

TEST_F(IfStageTest, ItsDefaultsAreThoseOfDiffusersPipelines) {
  const auto first = if_stage(path() / "stage1"), second = if_stage(path() / "stage2");
  const auto defaults = [](const StageSpec& stage, Task task, bool inpaints) {
    for (const auto& known : stage.info().defaults) {
      if (known.task == task && known.inpaints == inpaints) return known.settings;
    }
    return StageSettings{.size = -1};
  };
  EXPECT_EQ(defaults(*first, Task::generate, false).steps, Steps(100));
  EXPECT_EQ(defaults(*first, Task::edit, false).strength, 0.7);
  EXPECT_EQ(defaults(*first, Task::edit, true).known_region, KnownRegion::clean);
  EXPECT_EQ(defaults(*first, Task::upscale, false).size, -1);
  EXPECT_EQ(defaults(*second, Task::edit, true).noise_level, 0);
  EXPECT_EQ(defaults(*second, Task::upscale, false).noise_level, 250);
}

TEST_F(IfStageTest, TheStagesMustBeOneThatDrawsAndOneThatEnlarges) {
  fs::remove_all(path() / "stage2");
  EXPECT_EQ(open_cascade(path()).stages.size(), 1u);
  fs::copy(path() / "stage1", path() / "stage2", fs::copy_options::recursive);
  EXPECT_THAT([&] { open_cascade(path()); },
              ThrowsMessage<ConfigError>(HasSubstr("stage1 to draw and stage2 to enlarge")));
  fs::remove_all(path() / "stage1");
  EXPECT_THAT([&] { open_cascade(path()); },
              ThrowsMessage<FormatError>(
                  HasSubstr("model.json, transformer/config.json, model_index.json or stage1/")));
}

TEST_F(IfStageTest, TellsTheStagesByTheirPipelinesWhateverTheyAreCalled) {
  const auto first = path() / "IF-I-M-v1.0", second = path() / "IF-II-M-v1.0";
  EXPECT_EQ(first_if_stage(path()), path() / "stage1");
  fs::rename(path() / "stage1", first);
  fs::rename(path() / "stage2", second);
  fs::create_directory(path() / "upscaler");
  io::write_json(path() / "upscaler" / "model_index.json", {{"_class_name", "OtherPipeline"}});
  const auto sizes = [&](const fs::path& folder) {
    std::vector<int> sizes;
    for (const auto& stage : open_if(folder).stages) sizes.push_back(stage.spec->size());
    return sizes;
  };
  EXPECT_EQ(sizes(path()).size(), 2u);
  EXPECT_LT(sizes(path()).front(), sizes(path()).back());
  EXPECT_NO_THROW(draw());
  EXPECT_EQ(first_if_stage(path()), first);
  EXPECT_EQ(first_if_stage(first), first);
  const auto two = path() / "IF-I-XL-v1.0";
  fs::copy(first, two, fs::copy_options::recursive);
  EXPECT_THAT(
      [&] { open_cascade(path()); },
      ThrowsMessage<FormatError>(testing::AllOf(HasSubstr("IF-I-M-v1.0"), HasSubstr("IF-I-XL-v1.0"),
                                                HasSubstr("call the one stage1"))));
  fs::rename(two, path() / "stage1");
  EXPECT_EQ(first_if_stage(path()), path() / "stage1");
  EXPECT_EQ(sizes(path()).size(), 2u);
  fs::remove_all(path() / "stage1");
  fs::remove_all(second);
  EXPECT_EQ(sizes(path()).size(), 1u);
  fs::remove_all(first);
  EXPECT_THAT([&] { open_cascade(path()); }, ThrowsMessage<FormatError>(HasSubstr("found none")));
}

}  // namespace
}  // namespace imagine::models
