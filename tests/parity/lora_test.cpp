/// Low-rank changes as diffusers, PEFT and kohya's scripts write them, against what diffusers draws
/// with them (tools/make_tiny_if_loras.py).
#include <cstdlib>
#include <gmock/gmock.h>
#include <map>

#include <torch/utils.h>

#include "imagine/engine.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "models/families.h"
#include "models/stage_run.h"
#include "nn/tensor_file.h"
#include "tensor/pixels.h"
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
      uses.push_back({.file = (kLoras / use.at("file").get<std::string>()).string(),
                      .weight = use.at("weight").get<double>()});
    }
    return uses;
  }

  /// The picture's numbers before they are rounded to bytes. [1, 3, S, S]
  Tensor numbers(const std::vector<LoraUse>& loras) const {
    const models::StageInput input{.settings = spec().resolved(asked(), {}),
                                   .seed = said_.at("seed").get<std::uint64_t>()};
    const auto network = spec().load({}, {}, loras);
    return models::draw({{.plan = spec().plan(input),
                          .input = input,
                          .texts = {.conditional = network->encode_text(text_, {})}}},
                        *network)
        .at(0);
  }

  StageOptions asked() const {
    return {.steps = said_.at("steps").get<std::int64_t>(),
            .guidance = said_.at("guidance").get<double>()};
  }

  Image drawn(const std::vector<LoraUse>& loras) const {
    return tensor::to_images(numbers(loras))[0];
  }

  /// In 255 steps.
  static int most(const Image& image, const Image& other) {
    int worst = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
      worst = std::max(worst, std::abs(int(image.rgb[i]) - int(other.rgb.at(i))));
    }
    return worst;
  }

  const models::StageSpec& spec() const { return *cascade_.stages.front().spec; }

  const models::Cascade cascade_ = models::open_cascade(kStage);
  Json said_ = io::read_json(kLoras / "expected.json");
  io::SafetensorsFile expected_{kLoras / "expected.safetensors"};
  const TextEmbedding text_ =
      text::load_text_encoder(cascade_.text_rules[0].text_encoder, torch::kFloat)
          ->encode({said_.at("prompt")}, cascade_.text_rules[0].text_length);
};

TEST_F(LoraParity, PicturesAreDiffusers) {
  const auto plain = drawn({});
  for (const auto& [run, uses] : said_.at("runs").items()) {
    const auto expected = wanted(run), result = numbers(loras(uses));
    const double scale = expected.abs().max().item<double>();
    EXPECT_LE((result - expected).abs().max().item<double>(), 1e-4 * scale) << run;
    const auto picture = tensor::to_images(expected)[0];
    EXPECT_LE(most(tensor::to_images(result)[0], picture), 1) << run;
    EXPECT_GE(most(plain, picture), 30) << run << ": the changes would not be seen";
  }
}

TEST_F(LoraParity, SoAreThoseOfTheWholePipeline) {
  Request request{.prompt = said_.at("prompt").get<std::string>(),
                  .seed = said_.at("seed").get<std::uint64_t>()};
  request.stages = {asked()};
  request.loras = {{(kLoras / "peft").string(), 1}};
  const auto drawn = Engine({.dtype = "fp32"}).draw(Model::open(kStage), request)[0].image;
  EXPECT_LE(most(drawn, tensor::to_images(wanted("peft"))[0]), 1);
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
    const auto unscaled = drawn({{(folder / "unscaled.safetensors").string(), 1}});
    EXPECT_GE(most(unscaled, tensor::to_images(wanted(run))[0]), 10) << run;
  }
}

TEST_F(LoraParity, AFolderIsItsFile) {
  const auto file = drawn({{(kLoras / "peft" / "adapter_model.safetensors").string(), 0.6}});
  EXPECT_EQ(drawn({{(kLoras / "peft").string(), 0.6}}).rgb, file.rgb);
  const io::TemporaryFolder folder;
  const auto refuses = [&](const char* message) {
    EXPECT_THAT(
        [&] {
          drawn({{folder.path().string(), 1}});
        },
        testing::ThrowsMessage<FormatError>(testing::AllOf(
            testing::HasSubstr(folder.path().string()), testing::HasSubstr(message))));
  };
  refuses("found none of them");
  io::fs::copy(kLoras / "peft" / "adapter_model.safetensors", folder.path());
  io::write_json(folder / "config.json", {{"r", 2}});
  refuses("found adapter_model.safetensors");
  io::fs::copy(kLoras / "alpha.safetensors", folder / "pytorch_lora_weights.safetensors");
  EXPECT_EQ(drawn({{folder.path().string(), 1}}).rgb,
            drawn({{(kLoras / "alpha.safetensors").string(), 1}}).rgb);
  io::fs::copy(kLoras / "peft" / "adapter_config.json", folder.path());
  EXPECT_EQ(drawn({{folder.path().string(), 0.6}}).rgb, file.rgb);
}

}  // namespace
}  // namespace imagine
