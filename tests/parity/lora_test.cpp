/// Low-rank changes as diffusers, PEFT and kohya's scripts write them, against what diffusers draws
/// with them (tools/make_tiny_if_loras.py).
#include <cstdlib>
#include <gmock/gmock.h>
#include <map>

#include <torch/utils.h>

#include "cascade/model.h"
#include "imagine/pipeline.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "nn/pixels.h"
#include "nn/tensor_file.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

const io::fs::path kStage = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if/stage1";
const io::fs::path kLoras = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if-loras";

class LoraParity : public testing::Test {
 protected:
  Tensor wanted(const std::string& run) const { return nn::tensor_of(expected_, run); }

  std::vector<LoraUse> loras(const Json& run) const {
    std::vector<LoraUse> uses;
    for (const auto& use : run) {
      uses.push_back({kLoras / use.at("file").get<std::string>(), use.at("weight").get<double>()});
    }
    return uses;
  }

  /// The picture's numbers before they are rounded to bytes. [1, 3, S, S]
  Tensor numbers(const std::vector<LoraUse>& loras) const {
    const cascade::StageWishes wishes{.steps = std::to_string(said_.at("steps").get<int>()),
                                      .sampler = {},
                                      .guidance = said_.at("guidance").get<double>()};
    cascade::StageTask task;
    task.prompts.text = text_;
    task.seeds.push_back(said_.at("seed").get<std::uint64_t>());
    task.settings = plan().settled(wishes);
    return plan().load({}, loras)->draw(task);
  }

  Image drawn(const std::vector<LoraUse>& loras) const { return nn::to_images(numbers(loras))[0]; }

  /// In 255 steps.
  static int most(const Image& image, const Image& other) {
    int worst = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
      worst = std::max(worst, std::abs(int(image.rgb[i]) - int(other.rgb.at(i))));
    }
    return worst;
  }

  const cascade::StagePlan& plan() const { return *model_.stages.front(); }

  const cascade::Model model_ = cascade::open_model(kStage);
  Json said_ = io::read_json(kLoras / "expected.json");
  io::SafetensorsFile expected_{kLoras / "expected.safetensors"};
  const TextEmbedding text_ =
      text::load_text_encoder(model_.readings[0].text_encoder, torch::kFloat)
          ->encode({said_.at("prompt")}, model_.readings[0].text_length);
};

TEST_F(LoraParity, PicturesAreDiffusers) {
  const auto plain = drawn({});
  for (const auto& [run, uses] : said_.at("runs").items()) {
    const auto expected = wanted(run), result = numbers(loras(uses));
    const double scale = expected.abs().max().item<double>();
    EXPECT_LE((result - expected).abs().max().item<double>(), 1e-4 * scale) << run;
    const auto picture = nn::to_images(expected)[0];
    EXPECT_LE(most(nn::to_images(result)[0], picture), 1) << run;
    EXPECT_GE(most(plain, picture), 30) << run << ": the changes would not be seen";
  }
}

TEST_F(LoraParity, SoAreThoseOfTheWholePipeline) {
  auto pipeline = Pipeline::open(kStage, {.dtype = "fp32", .loras = {{kLoras / "peft", 1}}});
  Request request{.prompt = said_.at("prompt").get<std::string>(),
                  .seed = said_.at("seed").get<std::uint64_t>()};
  request.steps = {std::to_string(said_.at("steps").get<int>())};
  request.guidance = {said_.at("guidance").get<double>()};
  EXPECT_LE(most(pipeline.generate(request)[0].image, nn::to_images(wanted("peft"))[0]), 1);
}

/// The same numbers in a file that says nothing of their scale are another picture.
TEST_F(LoraParity, TheScaleIsSeen) {
  const std::map<std::string, io::fs::path> files = {
      {"alpha", "alpha.safetensors"},
      {"patterns", "patterns.safetensors"},
      {"bare", "bare.safetensors"},
      {"bias", "bias.safetensors"},
      {"dora", "dora.safetensors"},
      {"peft", "peft/adapter_model.safetensors"},
      {"kohya", "kohya.safetensors"},
      {"kohya-added", "kohya-added.safetensors"},
      {"peft-dora", "peft-dora/adapter_model.safetensors"}};
  const io::TemporaryFolder folder;
  for (const auto& [run, path] : files) {
    const io::SafetensorsFile file(kLoras / path);
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, view] : file.tensors()) {
      if (!name.ends_with(".alpha")) tensors[name] = nn::tensor_of(file, name);
    }
    nn::save_tensors(tensors, folder / "unscaled.safetensors");
    const auto unscaled = drawn({{folder / "unscaled.safetensors", 1}});
    EXPECT_GE(most(unscaled, nn::to_images(wanted(run))[0]), 10) << run;
  }
}

TEST_F(LoraParity, AFolderIsItsFile) {
  const auto file = drawn({{kLoras / "peft" / "adapter_model.safetensors", 0.6}});
  EXPECT_EQ(drawn({{kLoras / "peft", 0.6}}).rgb, file.rgb);
  const io::TemporaryFolder folder;
  const auto refuses = [&](const char* message) {
    EXPECT_THAT(
        [&] {
          drawn({{folder.path(), 1}});
        },
        testing::ThrowsMessage<FormatError>(testing::AllOf(
            testing::HasSubstr(folder.path().string()), testing::HasSubstr(message))));
  };
  refuses("found none of them");
  io::fs::copy(kLoras / "peft" / "adapter_model.safetensors", folder.path());
  io::write_json(folder / "config.json", {{"r", 2}});
  refuses("found adapter_model.safetensors");
  io::fs::copy(kLoras / "alpha.safetensors", folder / "pytorch_lora_weights.safetensors");
  EXPECT_EQ(drawn({{folder.path(), 1}}).rgb, drawn({{kLoras / "alpha.safetensors", 1}}).rgb);
  io::fs::copy(kLoras / "peft" / "adapter_config.json", folder.path());
  EXPECT_EQ(drawn({{folder.path(), 0.6}}).rgb, file.rgb);
}

}  // namespace
}  // namespace imagine
