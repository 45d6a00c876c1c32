#include "text/t5_weights.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"
#include "nn/weights.h"
#include "text/gguf_tokenizer.h"
#include "text/import.h"
#include "text/text_encoder.h"

namespace imagine::text {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const fs::path kData = fs::path(IMAGINE_SOURCE_DIR) / "tests/data/t5-weights";
const fs::path kTinyIf = fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if/stage1";

template <class Function>
std::string refusal(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// What the encoder of a file makes of the tokens that expected.safetensors was made with.
Tensor states_of(const fs::path& file) {
  const auto files = t5_files(file);
  T5 network(t5_config_of(t5_config_from(files), file.string()));
  nn::load_weights(*network, files,
                   {.dtype = std::nullopt, .mapped = true, .rename = t5_names(files)});
  const torch::NoGradGuard no_grad;
  const io::SafetensorsFile expected(kData / "expected.safetensors");
  const auto ids = nn::tensor_of(expected, "ids");
  return network(ids, ids != 0, torch::kFloat);
}

double relative_difference(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

TEST(T5Weights, EveryWayOfStoringGivesTheStatesOfThePublicPackages) {
  const io::SafetensorsFile expected(kData / "expected.safetensors");
  for (const auto& [file, name] :
       std::vector<std::pair<std::string, std::string>>{{"f32.safetensors", "f32"},
                                                        {"f32.gguf", "f32"},
                                                        {"f16.gguf", "f16"},
                                                        {"bf16.gguf", "bf16"},
                                                        {"q8_0.gguf", "q8_0"},
                                                        {"t5-1.0.gguf", "t5-1.0"},
                                                        {"e5m2.safetensors", "e5m2"},
                                                        {"older.safetensors", "older"},
                                                        {"newer.safetensors", "newer"}}) {
    EXPECT_LE(relative_difference(states_of(kData / file), nn::tensor_of(expected, name)), 1e-5)
        << file;
  }
  EXPECT_TRUE(torch::equal(states_of(kData / "f32.gguf"), states_of(kData / "f32.safetensors")));
}

TEST(T5Weights, TheShapesSayWhatTheConfigSays) {
  const auto published = t5_config_of(io::read_json(kData / "config.json"), "c");
  for (const auto* file : {"f32.safetensors", "older.safetensors", "q8_0.gguf"}) {
    const auto config = t5_config_of(t5_config_from(t5_files(kData / file)), file);
    EXPECT_EQ(config.parameters(), published.parameters()) << file;
    EXPECT_EQ(config.num_heads, published.num_heads);
    EXPECT_EQ(config.d_kv, published.d_kv);
    EXPECT_EQ(config.relative_attention_max_distance, published.relative_attention_max_distance);
    EXPECT_FLOAT_EQ(float(config.layer_norm_epsilon), float(published.layer_norm_epsilon));
    EXPECT_TRUE(config.gated);
  }
  const auto old = t5_files(kData / "t5-1.0.gguf");
  EXPECT_FALSE(t5_config_of(t5_config_from(old), "c").gated);
  EXPECT_THAT(refusal([] {
                t5_config_from(t5_files(kTinyIf / "unet/diffusion_pytorch_model.safetensors"));
              }),
              HasSubstr("expected a T5's encoder"));
}

class T5Places : public testing::Test {
 protected:
  Tensor encoded(const fs::path& place, const fs::path& replaced = {}) const {
    return load_text_encoder(place, torch::kFloat, replaced)->encode({"a red cube"}).states;
  }
  void copy(const std::string& file, const std::string& name = "") const {
    fs::copy(kData / file, folder_ / (name.empty() ? file : name));
  }

  io::TemporaryFolder folder_;
};

TEST_F(T5Places, AFolderOrAFileWithOrWithoutConfig) {
  const auto wanted = encoded(kData / "f32.safetensors");
  for (const auto* file : {"f32.gguf", "f32.safetensors"}) {
    EXPECT_TRUE(torch::equal(encoded(kData / file), wanted)) << file;
  }
  copy("f32.gguf", "anything.gguf");
  copy("spiece.model");
  EXPECT_TRUE(torch::equal(encoded(folder_.path()), wanted));
  copy("config.json");
  EXPECT_TRUE(torch::equal(encoded(folder_.path()), wanted));
  auto config = io::read_json(folder_ / "config.json");
  config["relative_attention_max_distance"] = 9;  // which a GGUF does not say
  io::write_json(folder_ / "config.json", config);
  EXPECT_FALSE(torch::equal(encoded(folder_.path()), wanted));
  copy("older.safetensors", "model.safetensors");  // wins
  io::write_json(folder_ / "config.json", io::read_json(kData / "config.json"));
  EXPECT_TRUE(torch::equal(encoded(folder_.path()), encoded(kData / "older.safetensors")));
}

TEST_F(T5Places, ReadsTheSameAfterItWasMoved) {
  if (!nn::can_multiply_bytes()) GTEST_SKIP() << "LibTorch or the processor lacks them";
  const auto encoder = load_text_encoder(kData / "f32.safetensors", {torch::kFloat, true});
  const auto states = encoder->encode({"a red cube"}).states;  // packed by now
  EXPECT_FALSE(torch::equal(states, encoded(kData / "f32.safetensors")));
  encoder->to(torch::kCPU);
  EXPECT_TRUE(torch::equal(encoder->encode({"a red cube"}).states, states));
}

TEST_F(T5Places, TheTokenizerOfTheEncoderInItsPlaceServes) {
  copy("f16.gguf");
  EXPECT_THAT(refusal([&] { encoded(folder_ / "f16.gguf"); }), HasSubstr("spiece.model"));
  EXPECT_TRUE(torch::equal(encoded(folder_ / "f16.gguf", kData), encoded(kData / "f16.gguf")));
}

TEST_F(T5Places, AGgufMayCarryItsTokenizer) {
  copy("q8_0.gguf");
  EXPECT_TRUE(torch::equal(encoded(folder_ / "q8_0.gguf"), encoded(kData / "q8_0.gguf")));
  const auto alone = io::WeightFiles::open(folder_ / "q8_0.gguf");
  const auto beside = io::read_file(kData / "spiece.model");
  const SentencePiece ours(t5_vocabulary_at(folder_ / "q8_0.gguf", alone).content, "gguf");
  const SentencePiece theirs(beside, "spiece");
  EXPECT_EQ(ours.vocabulary_size(), theirs.vocabulary_size());
  for (const auto* prompt : {"a red cube", "", "two  cats on a mat", "zebra <extra_id_3> x"}) {
    EXPECT_EQ(ours.encode(prompt, 20), theirs.encode(prompt, 20)) << prompt;
  }
  import_text_encoder(folder_ / "q8_0.gguf", folder_ / "made", torch::kFloat);
  EXPECT_TRUE(fs::exists(folder_ / "made" / "spiece.model"));
}

TEST(GgufTokenizer, RefusesWhatIsNoT5s) {
  const Json good = {{"tokenizer.ggml.model", "t5"},
                     {"tokenizer.ggml.tokens", {"<pad>", "</s>", "<unk>", "a", "[PAD4]"}},
                     {"tokenizer.ggml.scores", {0, 0, 0, -1.5, -10000}},
                     {"tokenizer.ggml.token_type", {3, 3, 2, 1, 5}}};
  const auto refuses = [&](const char* key, const Json& value) {
    auto metadata = good;
    metadata[concat("tokenizer.ggml.", key)] = value;
    return refusal([&] { sentencepiece_in_gguf(metadata, "f"); });
  };
  EXPECT_TRUE(sentencepiece_in_gguf(good, "f").has_value());
  EXPECT_FALSE(sentencepiece_in_gguf(Json::object(), "f").has_value());
  auto with_sentinels = good;  // as llama.cpp has those that a folder's added tokens name
  with_sentinels["tokenizer.ggml.tokens"] = {"<pad>", "</s>", "<unk>", "a", "<extra_id_0>"};
  with_sentinels["tokenizer.ggml.token_type"] = {3, 3, 2, 1, 4};
  EXPECT_EQ(sentencepiece_in_gguf(with_sentinels, "f"), sentencepiece_in_gguf(good, "f"));
  EXPECT_THAT(refuses("model", "gpt2"), HasSubstr("f: tokenizer.ggml.model: expected t5"));
  EXPECT_THAT(refuses("tokens", {1, 2, 3, 4, 5}), HasSubstr("tokens: expected a list of 5"));
  EXPECT_THAT(refuses("scores", {0}), HasSubstr("scores: expected a list of 5"));
  EXPECT_THAT(refuses("token_type", {3, 3, 2, 6, 5}),
              HasSubstr("token_type[3]: expected 1, 2 or 3"));
  EXPECT_THAT(refuses("token_type", {3, 3, 2, 4, 5}), HasSubstr("got 4 of \"a\""));
  EXPECT_THAT(refuses("add_space_prefix", false), HasSubstr("add_space_prefix: expected true"));
  EXPECT_THAT(refuses("precompiled_charsmap", {300}), HasSubstr("a list of bytes"));
}

TEST_F(T5Places, AHubCacheIsItsSnapshot) {
  fs::create_directories(folder_ / "models--a--b" / "refs");
  const auto snapshot = folder_ / "models--a--b" / "snapshots" / "0123";
  fs::create_directories(snapshot);
  for (const auto* file : {"f32.gguf", "spiece.model"}) fs::copy(kData / file, snapshot / file);
  EXPECT_TRUE(torch::equal(encoded(folder_ / "models--a--b"), encoded(kData / "f32.gguf")));
}

TEST_F(T5Places, OtherKindsAreNamed) {
  EXPECT_THAT(refusal([&] { encoded(kData / "q4_1.gguf"); }),
              AllOf(HasSubstr("q4_1.gguf"),
                    HasSubstr("block.0.q.weight: expected floating-point numbers, got Q4_1")));
  auto bytes = io::read_file(kData / "f32.gguf");
  const auto at = bytes.find("t5encoder", bytes.find("general.architecture"));
  io::write_file(folder_ / "x.gguf", bytes.replace(at, 9, "llama-3.1"));
  EXPECT_THAT(refusal([&] { encoded(folder_ / "x.gguf"); }),
              HasSubstr("general.architecture: expected t5encoder, got llama-3.1"));
  EXPECT_THAT(refusal([&] { encoded(folder_.path()); }), HasSubstr("got llama-3.1"));
  copy("f32.gguf");
  EXPECT_THAT(refusal([&] { encoded(folder_.path()); }), HasSubstr("expected one GGUF, got 2"));
  EXPECT_THAT(refusal([&] { encoded(folder_ / "none.gguf"); }), HasSubstr("none.gguf"));
}

TEST_F(T5Places, ImportTakesThemAll) {
  for (const auto* file : {"f16.gguf", "q8_0.gguf", "older.safetensors", "newer.safetensors"}) {
    import_text_encoder(kData / file, folder_ / "made", torch::kFloat);
    EXPECT_TRUE(fs::exists(folder_ / "made" / "model.safetensors"));
    EXPECT_LE(relative_difference(encoded(folder_ / "made"), encoded(kData / file)), 1e-6) << file;
  }
}

}  // namespace
}  // namespace imagine::text
