#include "models/quantize.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"
#include "io/json_file.h"
#include "io/sibling_folder.h"
#include "io/temporary_folder.h"
#include "io/weight_files.h"
#include "models/families.h"
#include "models/stage_run.h"
#include "nn/tensor_file.h"
#include "tensor/pixels.h"
#include "text/text_encoder.h"
#include "text/tokenizer_fixture.h"

namespace imagine::models {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const io::fs::path kTinyIf = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if";
const io::fs::path kTinyMiniT2i = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-minit2i";
const io::fs::path kTinyStudent =
    io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-minit2i-mf/student";

class QuantizeTest : public testing::Test {
 protected:
  std::vector<QuantizedPart> quantize(const io::fs::path& source) const {
    std::vector<QuantizedPart> parts;
    const auto add = [&](const QuantizedPart& part) { parts.push_back(part); };
    quantize_model(source, made_, add, [] { return true; });
    return parts;
  }
  void expect_refusal(const io::fs::path& source, const std::string& what) const {
    EXPECT_THAT([&] { quantize(source); }, ThrowsMessage<InputError>(HasSubstr(what)));
  }
  /// A small picture of the model that was made, in two steps.
  Image drawn() const {
    const auto cascade = open_cascade(made_);
    const auto& rule = cascade.text_rules.at(0);
    const auto& spec = *cascade.stages.at(0).spec;
    const auto network = spec.load({}, {}, {});
    const auto encoder = text::load_text_encoder(rule.text_encoder, torch::kFloat, rule.replaced);
    const auto told = [&](const std::string& prompt) {
      return network->encode_text(encoder->encode({prompt}, rule.text_length), {});
    };
    const StageInput input{.settings = spec.resolved({.steps = std::int64_t(2)}, {})};
    const auto pictures =
        draw({{.plan = spec.plan(input),
               .input = input,
               .texts = {.conditional = told("a red cube"), .unconditional = told("")}}},
             *network);
    return tensor::to_images(pictures.at(0)).at(0);
  }

  /// The states of a prompt by a model's encoder; any where it has none. `int8`: products of bytes.
  static TextEmbedding states_of(const Cascade& cascade, bool int8) {
    const auto& rule = cascade.text_rules.at(0);
    if (!io::fs::exists(rule.text_encoder)) {
      torch::manual_seed(5);
      return {.states = torch::randn({1, 4, rule.width}),
              .mask = torch::ones({1, 4}).to(torch::kBool)};
    }
    return text::load_text_encoder(rule.text_encoder, {torch::kFloat, int8 || rule.int8})
        ->encode({"a red cube"}, rule.text_length);
  }
  /// What a MiniT2I draws in two steps.
  static Tensor picture_of(const io::fs::path& model, bool int8) {
    const auto cascade = open_cascade(model);
    const auto& spec = *cascade.stages.at(0).spec;
    const auto network = spec.load({}, {.int8 = int8}, {});
    const StageInput input{.settings = spec.resolved({.steps = std::int64_t(2)}, {})};
    const auto told = [&](bool nothing) {
      return network->encode_text(states_of(cascade, int8),
                                  {.unconditional = nothing, .settings = input.settings});
    };
    return draw({{.plan = spec.plan(input),
                  .input = input,
                  .texts = {.conditional = told(false), .unconditional = told(true)}}},
                *network)
        .at(0);
  }

  io::TemporaryFolder folder_;
  io::fs::path made_ = folder_ / "int8";
};

TEST_F(QuantizeTest, AMiniT2iDrawsWhatProductsOfBytesDraw) {
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  for (const auto& source : {kTinyMiniT2i, kTinyStudent}) {
    const auto parts = quantize(source);
    EXPECT_EQ(parts.size(), io::fs::exists(source / "text_encoder") ? 2u : 1u);
    for (const auto& part : parts) EXPECT_LT(part.bytes_after, part.bytes_before) << part.folder;
    const auto wanted = picture_of(source, /*int8=*/true);
    EXPECT_TRUE(torch::equal(picture_of(made_, /*int8=*/false), wanted)) << source;
    EXPECT_TRUE(torch::equal(picture_of(made_, /*int8=*/true), wanted)) << source;
    EXPECT_FALSE(torch::equal(picture_of(source, /*int8=*/false), wanted)) << source;
    io::fs::remove_all(made_);
  }
}

TEST_F(QuantizeTest, AMiniT2iKeepsWideWhatIsNotMultipliedAsBytes) {
  quantize(kTinyMiniT2i);
  const auto network =
      io::WeightFiles::find(made_ / "transformer", "diffusion_pytorch_model").tensors();
  const auto type = [](const auto& tensors, const std::string& name) {
    return tensors.at(name).view.dtype;
  };
  EXPECT_EQ(type(network, "model.net.double_blocks.0.img_mlp.w2.weight"), io::DType::i8);
  EXPECT_EQ(type(network, "model.net.double_blocks.0.txt_qkv.weight"), io::DType::i8);
  EXPECT_EQ(type(network, "model.net.double_blocks.0.img_qkv.bias"), io::DType::f32);
  EXPECT_EQ(type(network, "model.net.txt_preamble_blocks.0.qkv.weight"), io::DType::f32);
  EXPECT_EQ(type(network, "model.net.final_layer.linear.weight"), io::DType::f32);
  EXPECT_EQ(type(network, "model.net.txt_embedder.weight"), io::DType::f32);
  const auto encoder = io::WeightFiles::find(made_ / "text_encoder", "model").tensors();
  const std::string block = "encoder.block.0.layer.";
  EXPECT_EQ(type(encoder, block + "0.SelfAttention.q.weight"), io::DType::i8);
  EXPECT_EQ(type(encoder, block + "1.DenseReluDense.wo.weight"), io::DType::i8);
  EXPECT_EQ(type(encoder, block + "0.SelfAttention.relative_attention_bias.weight"),
            io::DType::f32);
  EXPECT_EQ(type(encoder, "shared.weight"), io::DType::f32);
}

TEST_F(QuantizeTest, AnEncoderBesideAMiniT2iComesIntoTheCopy) {
  io::copy_folder(kTinyMiniT2i, folder_ / "models/tiny");
  const auto named = io::read_json(kTinyMiniT2i / "transformer/config.json").at("llm");
  const auto name = io::fs::path(named.get<std::string>()).filename();
  io::fs::rename(folder_ / "models/tiny/text_encoder", folder_ / "models" / name);
  EXPECT_EQ(quantize(folder_ / "models/tiny").size(), 2u);
  EXPECT_TRUE(io::fs::exists(made_ / "text_encoder/spiece.model"));
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  EXPECT_TRUE(torch::equal(picture_of(made_, false), picture_of(folder_ / "models/tiny", true)));
}

TEST_F(QuantizeTest, RefusesWhatItMade) {
  const auto again = folder_ / "again";
  for (const auto& source : {kTinyMiniT2i, kTinyIf, kTinyIf / "stage1/text_encoder"}) {
    quantize(source);
    io::fs::rename(made_, again);
    expect_refusal(again, "bytes already");
    EXPECT_FALSE(io::fs::exists(made_)) << source;
    io::fs::remove_all(again);
  }
}

TEST_F(QuantizeTest, MakesASmallerModelThatDraws) {
  const auto parts = quantize(kTinyIf);
  ASSERT_EQ(parts.size(), 4u);  // each stage has its text encoder
  for (const auto& part : parts) {
    EXPECT_LT(part.bytes_after, part.bytes_before) << part.folder;
    EXPECT_GT(part.error, 1e-4) << part.folder;
    EXPECT_LT(part.error, 0.01) << part.folder;
    EXPECT_TRUE(io::fs::is_directory(made_ / part.folder)) << part.folder;
  }
  EXPECT_EQ(drawn().width, 32);
}

TEST_F(QuantizeTest, RefusesWeightsThatAreNotFinite) {
  const io::TemporaryFolder folder;
  const auto copy = folder / "IF";
  io::copy_folder(kTinyIf, copy);
  const auto file = copy / "stage1/unet/diffusion_pytorch_model.safetensors";
  std::map<std::string, Tensor> tensors;
  {
    const io::SafetensorsFile opened(file);
    for (const auto& [name, view] : opened.tensors()) {
      tensors[name] = nn::tensor_of(opened, name).clone();
    }
  }
  tensors.at("conv_in.weight").view(-1)[3] = INFINITY;
  nn::save_tensors(tensors, file);
  EXPECT_THAT([&] { quantize(copy); }, testing::ThrowsMessage<FormatError>(testing::HasSubstr(
                                           "conv_in.weight: expected finite numbers")));
  EXPECT_FALSE(io::fs::exists(made_));
}

TEST_F(QuantizeTest, SaysThatOtherProgramsMustRefuseIt) {
  quantize(kTinyIf);
  for (const auto* part : {"stage1/unet", "stage2/unet", "stage1/text_encoder"}) {
    const auto config = io::read_json(made_ / part / "config.json");
    EXPECT_EQ(config.at("quantization_config"), Json({{"quant_method", "imagine_int8"}})) << part;
    for (const auto& entry : io::fs::directory_iterator(made_ / part)) {
      const auto name = entry.path().filename().string();
      EXPECT_TRUE(name == "config.json" || name.find(".int8") != std::string::npos) << name;
    }
  }
  EXPECT_FALSE(io::read_json(made_ / "stage1/scheduler/scheduler_config.json")
                   .contains("quantization_config"));
}

TEST_F(QuantizeTest, AnOlderCopyStillDraws) {
  quantize(kTinyIf);
  const auto now = drawn().rgb;
  // Named as shards are, and with nothing in its configs.
  for (const auto& [part, stem] :
       {std::pair("stage1/unet", "diffusion_pytorch_model"),
        std::pair("stage2/unet", "diffusion_pytorch_model"),
        std::pair("stage1/text_encoder", "model"), std::pair("stage2/text_encoder", "model")}) {
    const auto folder = made_ / part;
    auto config = io::read_json(folder / "config.json");
    config.erase("quantization_config");
    io::write_json(folder / "config.json", config);
    const auto index = folder / concat(stem, ".safetensors.index.int8.json");
    auto map = io::read_json(index);
    const auto shard = concat(stem, "-00001-of-00001.safetensors");
    for (auto& [name, file] : map["weight_map"].items()) file = shard;
    io::fs::remove(index);
    io::write_json(folder / concat(stem, ".safetensors.index.json"), map);
    io::fs::rename(folder / concat(stem, ".int8-00001-of-00001.safetensors"), folder / shard);
  }
  EXPECT_EQ(drawn().rgb, now);
  io::fs::rename(made_, folder_ / "older");
  quantize(folder_ / "older");  // and once more
  EXPECT_EQ(drawn().rgb, now);
}

TEST_F(QuantizeTest, TakesWhatOthersStoredAsF8) {
  const io::fs::path source = IMAGINE_SOURCE_DIR "/tests/data/t5-weights";
  io::fs::create_directory(folder_ / "t5");
  for (const auto* file : {"config.json", "spiece.model"}) {
    io::fs::copy(source / file, folder_ / "t5" / file);
  }
  io::fs::copy(source / "older.safetensors", folder_ / "t5" / "model.safetensors");
  EXPECT_EQ(quantize(folder_ / "t5").size(), 1u);
  const auto states = [](const io::fs::path& encoder) {
    return text::load_text_encoder(encoder, torch::kFloat)->encode({"a red cube"}).states;
  };
  const auto exact = states(folder_ / "t5"), near = states(made_);
  EXPECT_LT((near - exact).norm().item<double>(), 0.05 * exact.norm().item<double>());
}

TEST_F(QuantizeTest, RefusesToCopyIntoWhatIsCopied) {
  const auto model = folder_ / "model";
  io::fs::copy(IMAGINE_SOURCE_DIR "/tests/data/tiny-minit2i", model,
               io::fs::copy_options::recursive);
  for (const auto* within : {"sub", "transformer/deep/sub", "../model/sub"}) {
    made_ = model / within;
    expect_refusal(model, "expected a folder outside of what is copied");
    EXPECT_FALSE(io::fs::exists(made_)) << within;
  }
}

TEST_F(QuantizeTest, LeavesNothingWhereItIsStopped) {
  int asked = 0;
  EXPECT_THROW(quantize_model(
                   kTinyIf, made_, [](const QuantizedPart&) {}, [&] { return ++asked < 3; }),
               Interrupted);
  EXPECT_EQ(asked, 3);
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(QuantizeTest, TakesATextEncoderAloneWhoseStatesStayNear) {
  const auto source = kTinyIf / "stage1" / "text_encoder";
  io::fs::copy(kTinyIf / "stage1" / "tokenizer" / "spiece.model", folder_ / "spiece.model");
  io::fs::create_directory(folder_ / "t5");
  for (const auto& entry : io::fs::directory_iterator(source)) {
    io::fs::copy(entry.path(), folder_ / "t5" / entry.path().filename());
  }
  io::fs::rename(folder_ / "spiece.model", folder_ / "t5" / "spiece.model");
  EXPECT_EQ(quantize(folder_ / "t5").size(), 1u);
  const auto states = [](const io::fs::path& encoder) {
    return text::load_text_encoder(encoder, torch::kFloat)->encode({"a red cube"}).states;
  };
  const auto exact = states(source), near = states(made_);
  EXPECT_LT((near - exact).norm().item<double>(), 0.05 * exact.norm().item<double>());
  EXPECT_FALSE(torch::equal(near, exact));
}

TEST_F(QuantizeTest, TakesTheTokenizerThatLiesBesideATextEncoder) {
  const auto source = kTinyIf / "stage1" / "text_encoder";
  EXPECT_EQ(quantize(source).size(), 1u);
  EXPECT_TRUE(io::fs::exists(made_ / "spiece.model"));
  EXPECT_EQ(text::load_text_encoder(made_, torch::kFloat)->encode({"a red cube"}).states.size(1),
            9);
}

TEST_F(QuantizeTest, TakesATokenizerJsonAlone) {
  io::fs::copy(kTinyIf, folder_ / "if", io::fs::copy_options::recursive);
  const auto tokenizer = folder_ / "if" / "stage1" / "tokenizer";
  io::write_json(tokenizer / "tokenizer.json", text::TokenizerFixture::t5());
  io::fs::remove(tokenizer / "spiece.model");
  quantize(folder_ / "if");
  const auto encoder = text::load_text_encoder(made_ / "stage1" / "text_encoder", torch::kFloat);
  EXPECT_EQ(encoder->encode({"a red cube"}).states.size(1), 9);
}

TEST_F(QuantizeTest, RefusesBeforeItCopiesWhatCouldNotBeDrawn) {
  io::fs::copy(kTinyIf, folder_ / "if", io::fs::copy_options::recursive);
  io::fs::remove(folder_ / "if" / "stage1" / "tokenizer" / "spiece.model");
  const auto never = [](const QuantizedPart& part) { ADD_FAILURE() << part.folder; };
  EXPECT_THAT([&] { quantize_model(folder_ / "if", made_, never, [] { return true; }); },
              ThrowsMessage<FormatError>(HasSubstr("expected spiece.model or tokenizer.json")));
  EXPECT_THAT(folder_.names(), testing::ElementsAre("if"));
}

TEST_F(QuantizeTest, LeavesNothingWhereItCannotBe) {
  expect_refusal(folder_ / "nowhere", "expected a model folder, got none");
  expect_refusal(IMAGINE_SOURCE_DIR "/models/imagine-small", "too small to gain by it");
  EXPECT_THROW(quantize(folder_.path()), FormatError);
  EXPECT_TRUE(folder_.names().empty());
  io::fs::create_directory(made_);
  io::write_file(made_ / "mine", "x");
  expect_refusal(kTinyIf, "expected a new or empty folder, got one with content");
  EXPECT_EQ(io::read_file(made_ / "mine"), "x");
}

}  // namespace
}  // namespace imagine::models
