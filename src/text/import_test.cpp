#include "text/import.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "io/json_file.h"
#include "io/tar.h"
#include "nn/tensor_file.h"
#include "text/text_encoder.h"
#include "text/tiny_bert.h"
#include "text/tokenizer_fixture.h"

namespace imagine::text {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// A new folder for one test, so that what lies beside a result can be listed.
fs::path scratch(const std::string& name) {
  const auto folder = fs::path(testing::TempDir()) / ("import_test_" + name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

template <class Error>
std::string import_error(const fs::path& source, const fs::path& folder) {
  try {
    import_text_encoder(source, folder, torch::kFloat16);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Tensor states(const fs::path& folder) {
  return load_text_encoder(folder, torch::kFloat32)->encode({"red apples, red"}).states;
}

TEST(Import, WritesWhatTheEncoderReadsAndNothingElse) {
  const auto root = scratch("folder");
  import_text_encoder(TinyBert().write("import_source"), root / "a/encoder", torch::kFloat16);
  EXPECT_THAT(names_in(root / "a"), UnorderedElementsAre("encoder"));
  EXPECT_THAT(names_in(root / "a/encoder"),
              UnorderedElementsAre("config.json", "vocab.txt", "model.safetensors"));
  const io::SafetensorsFile file(root / "a/encoder/model.safetensors");
  EXPECT_EQ(file.tensors().size(), 37U);
  EXPECT_EQ(file.tensors().at("layer1.attention_norm.bias").dtype, io::DType::f16);
  EXPECT_FALSE(file.tensors().contains("pooler.dense.weight"));
}

TEST(Import, KeepsTheStates) {
  const auto root = scratch("states");
  const auto source = TinyBert().write("import_states");
  import_text_encoder(source, root / "fp32", torch::kFloat32);
  import_text_encoder(source, root / "fp16", torch::kFloat16);
  EXPECT_LE((states(root / "fp32") - states(root / "fp16")).abs().max().item<double>(), 0.05);
}

TEST(Import, IsNamedWhereAPublishedBertIsTakenForOurs) {
  const auto source = TinyBert().write("import_published");
  auto config = io::read_json(source / "config.json");
  config["architectures"] = {"BertModel"};
  io::write_json(source / "config.json", config);
  EXPECT_THAT([&] { states(source); },
              testing::ThrowsMessage<ConfigError>(HasSubstr("`imagine import " + source.string())));
  const auto root = scratch("published");
  import_text_encoder(source, root / "ours", torch::kFloat32);
  EXPECT_EQ(states(root / "ours").size(0), 1);
}

TEST(Import, TakesWeightsNamedUnderBert) {
  const auto root = scratch("prefix");
  TinyBert prefixed;
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, tensor] : prefixed.tensors) tensors["bert." + name] = tensor;
  prefixed.tensors = tensors;
  import_text_encoder(prefixed.write("import_prefixed"), root / "prefixed", torch::kFloat32);
  import_text_encoder(TinyBert().write("import_plain"), root / "plain", torch::kFloat32);
  EXPECT_TRUE(torch::equal(states(root / "prefixed"), states(root / "plain")));
}

TEST(Import, ReadsAnArchive) {
  const auto root = scratch("archive");
  const auto source = TinyBert().write("import_archived");
  io::TarWriter tar(root / "package.tar");
  for (const auto& name : names_in(source))
    tar.add("x/model/" + name, io::read_file(source / name));
  tar.add("x/model/1_Pooling/config.json", "{}");
  tar.finish();
  import_text_encoder(root / "package.tar", root / "archive", torch::kFloat32);
  import_text_encoder(source, root / "folder", torch::kFloat32);
  EXPECT_TRUE(torch::equal(states(root / "archive"), states(root / "folder")));
  EXPECT_THAT(names_in(root), UnorderedElementsAre("package.tar", "archive", "folder"));
}

TEST(Import, RefusesAnArchiveWithoutOneModel) {
  const auto root = scratch("no_model");
  io::TarWriter none(root / "none.tar"), two(root / "two.tar");
  none.add("readme", "text");
  none.finish();
  two.add("a/model.safetensors", "a");
  two.add("b/model.safetensors", "b");
  two.finish();
  EXPECT_THAT(import_error<FormatError>(root / "none.tar", root / "to"), HasSubstr("got none"));
  EXPECT_THAT(import_error<FormatError>(root / "two.tar", root / "to"), HasSubstr("got two"));
  EXPECT_THAT(names_in(root), UnorderedElementsAre("none.tar", "two.tar"));
}

TEST(Import, ReplacesATextEncoderOrAnEmptyFolder) {
  const auto root = scratch("replace");
  fs::create_directories(root / "encoder");
  TinyBert other;
  other.tensors["embeddings.LayerNorm.bias"] += 1;
  import_text_encoder(TinyBert().write("import_first"), root / "encoder", torch::kFloat32);
  const auto first = states(root / "encoder");
  import_text_encoder(other.write("import_second"), root / "encoder/", torch::kFloat32);
  EXPECT_FALSE(torch::equal(first, states(root / "encoder")));
  EXPECT_THAT(names_in(root), UnorderedElementsAre("encoder"));
}

TEST(Import, NeverReplacesAnythingElse) {
  const auto root = scratch("keep");
  const auto source = TinyBert().write("import_keep");
  import_text_encoder(source, root / "encoder", torch::kFloat32);
  io::write_file(root / "encoder/notes.txt", "mine");
  io::write_file(root / "file", "mine");
  EXPECT_THAT(import_error<InputError>(source, root / "encoder"), HasSubstr("encoder: expected"));
  EXPECT_THAT(import_error<InputError>(source, root / "file"), HasSubstr("file: expected"));
  EXPECT_THAT(import_error<InputError>(source, root), HasSubstr("got other content"));
  EXPECT_EQ(io::read_file(root / "encoder/notes.txt"), "mine");
  EXPECT_EQ(io::read_file(root / "file"), "mine");
}

TEST(Import, LeavesTheOldEncoderWhereTheNewOneFails) {
  const auto root = scratch("old");
  import_text_encoder(TinyBert().write("import_old"), root / "encoder", torch::kFloat32);
  const auto before = states(root / "encoder");
  TinyBert bad;
  bad.tensors["embeddings.LayerNorm.bias"][0] = 1e6;  // more than fp16 holds
  EXPECT_THAT(import_error<FormatError>(bad.write("import_bad"), root / "encoder"),
              HasSubstr("norm.bias: expected finite numbers in Half"));
  EXPECT_TRUE(torch::equal(before, states(root / "encoder")));
  EXPECT_THAT(names_in(root), UnorderedElementsAre("encoder"));
}

TEST(Import, RefusesModelsThatItDoesNotCompute) {
  const std::pair<Json, std::string> kCases[] = {
      {{{"model_type", "roberta"}}, R"(model_type: expected "bert" or "t5", got "roberta")"},
      {{{"model_type", nullptr}}, "with a \"model_type\", got none"},
      {{{"hidden_act", "relu"}}, R"(hidden_act: expected "gelu", got "relu")"},
      {{{"position_embedding_type", "relative_key"}}, "position_embedding_type: expected"},
      {{{"is_decoder", true}}, "is_decoder: expected false"}};
  const auto root = scratch("models");
  for (const auto& [change, message] : kCases) {
    TinyBert tiny;
    tiny.config.update(change);
    EXPECT_THAT(import_error<ConfigError>(tiny.write("import_model"), root / "encoder"),
                HasSubstr(message));
  }
  const auto cased = TinyBert().write("import_cased");
  io::write_file(cased / "tokenizer_config.json", R"({"do_lower_case": false})");
  EXPECT_THAT(import_error<ConfigError>(cased, root / "encoder"),
              HasSubstr("do_lower_case: expected true, got false"));
  EXPECT_THAT(names_in(root), UnorderedElementsAre());
}

const fs::path kTinyT5 = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/text_encoder";

TEST(Import, TakesAT5) {
  const auto root = scratch("t5");
  for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
    import_text_encoder(kTinyT5, root / "encoder", dtype);  // the second replaces the first
    EXPECT_THAT(names_in(root / "encoder"),
                UnorderedElementsAre("config.json", "spiece.model", "model.safetensors"));
    const double bound = dtype == torch::kFloat32 ? 1e-6 : 0.05;
    EXPECT_TRUE(torch::allclose(states(root / "encoder"), states(kTinyT5), bound, bound));
  }
}

/// The folder `target` as transformers 5 saves an encoder and its tokenizer into it.
void save_as_transformers_5(const fs::path& encoder, const Json& tokenizer,
                            const fs::path& target) {
  fs::create_directories(target);
  for (const auto* name : {"config.json", "model.safetensors"}) {
    fs::copy(encoder / name, target / name);
  }
  io::write_json(target / "tokenizer.json", tokenizer);
}

TEST(Import, TakesATokenizerJsonAlone) {
  const auto root = scratch("tokenizer_json");
  save_as_transformers_5(kTinyT5, TokenizerFixture::t5(), root / "t5");
  import_text_encoder(root / "t5", root / "encoder", torch::kFloat32);
  EXPECT_THAT(names_in(root / "encoder"),
              UnorderedElementsAre("config.json", "tokenizer.json", "model.safetensors"));
  EXPECT_TRUE(torch::equal(states(root / "encoder"), states(kTinyT5)));

  const TinyBert bert;
  const auto source = bert.write("import_tokenizer_json");
  save_as_transformers_5(source, bert.tokenizer_json(), root / "bert");
  import_text_encoder(root / "bert", root / "encoder", torch::kFloat32);  // takes the T5's place
  EXPECT_THAT(names_in(root / "encoder"),
              UnorderedElementsAre("config.json", "tokenizer.json", "model.safetensors"));
  import_text_encoder(source, root / "original", torch::kFloat32);
  EXPECT_TRUE(torch::equal(states(root / "encoder"), states(root / "original")));

  auto other = bert;
  other.vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\npear\n##s\n,\n";
  save_as_transformers_5(source, other.tokenizer_json(), root / "other");
  import_text_encoder(root / "other", root / "pears", torch::kFloat32);
  const auto identity = [](const fs::path& folder) {
    return load_text_encoder(folder, torch::kFloat32)->identity();
  };
  EXPECT_NE(identity(root / "encoder"), identity(root / "pears"));
}

TEST(Import, ReadsATokenizerJsonFromAnArchiveAndFromBeside) {
  const auto root = scratch("tokenizer_json_beside");
  save_as_transformers_5(kTinyT5, TokenizerFixture::t5(), root / "model" / "text_encoder");
  io::TarWriter tar(root / "t5.tar");
  for (const auto& name : names_in(root / "model" / "text_encoder")) {
    tar.add("t5/" + name, io::read_file(root / "model" / "text_encoder" / name));
  }
  tar.finish();
  import_text_encoder(root / "t5.tar", root / "archived", torch::kFloat32);
  EXPECT_TRUE(torch::equal(states(root / "archived"), states(kTinyT5)));

  fs::create_directory(root / "model" / "tokenizer");
  fs::rename(root / "model" / "text_encoder" / "tokenizer.json",
             root / "model" / "tokenizer" / "tokenizer.json");
  EXPECT_TRUE(torch::equal(states(root / "model" / "text_encoder"), states(kTinyT5)));
  import_text_encoder(root / "model" / "text_encoder", root / "encoder", torch::kFloat32);
  EXPECT_TRUE(torch::equal(states(root / "encoder"), states(kTinyT5)));
}

TEST(Import, TheOlderFileOfATokenizerWins) {
  const auto root = scratch("tokenizer_both");
  save_as_transformers_5(kTinyT5, Json("no tokenizer"), root / "t5");
  EXPECT_THAT(import_error<FormatError>(root / "t5", root / "encoder"),
              HasSubstr("tokenizer.json: expected the object of a tokenizer.json"));
  fs::copy(kTinyT5.parent_path() / "tokenizer" / "spiece.model", root / "t5" / "spiece.model");
  import_text_encoder(root / "t5", root / "encoder", torch::kFloat32);
  EXPECT_THAT(names_in(root / "encoder"),
              UnorderedElementsAre("config.json", "spiece.model", "model.safetensors"));
}

TEST(Import, ATokenizerThatCannotBeIsRefusedBeforeTheWeightsAreConverted) {
  const auto root = scratch("tokenizer_first");
  save_as_transformers_5(kTinyT5, TokenizerFixture::bert(), root / "t5");
  std::map<std::string, Tensor> weights;
  {
    const io::SafetensorsFile file(kTinyT5 / "model.safetensors");
    for (const auto& [name, unused] : file.tensors()) {
      weights[name] = torch::full_like(nn::tensor_of(file, name), NAN);  // refused, but later
    }
  }
  nn::save_tensors(weights, root / "t5" / "model.safetensors");
  EXPECT_THAT(import_error<FormatError>(root / "t5", root / "encoder"),
              HasSubstr("tokenizer.json: normalizer"));
  EXPECT_THAT(names_in(root), UnorderedElementsAre("t5"));
}

TEST(Import, TakesAT5WithADecoderInShards) {
  const auto root = scratch("t5_shards");
  fs::create_directory(root / "whole");
  const io::SafetensorsFile file(kTinyT5 / "model.safetensors");
  std::map<std::string, Tensor> shards[2];
  Json map = Json::object();
  int next = 0;
  for (const auto& [name, view] : file.tensors()) {
    const int shard = next++ % 2;
    shards[shard][name] = nn::tensor_of(file, name);
    map[name] = concat("model-", shard, ".safetensors");
  }
  shards[0]["decoder.block.0.weight"] = shards[1]["lm_head.weight"] = torch::ones({2});
  map["decoder.block.0.weight"] = "model-0.safetensors";
  map["lm_head.weight"] = "model-1.safetensors";
  for (int i = 0; i < 2; ++i) {
    nn::save_tensors(shards[i], root / "whole" / concat("model-", i, ".safetensors"));
  }
  io::write_json(root / "whole" / "model.safetensors.index.json", {{"weight_map", map}});
  fs::copy(kTinyT5 / "config.json", root / "whole" / "config.json");
  fs::copy(kTinyT5.parent_path() / "tokenizer" / "spiece.model", root / "whole" / "spiece.model");
  import_text_encoder(root / "whole", root / "encoder", torch::kFloat32);
  EXPECT_TRUE(torch::allclose(states(root / "encoder"), states(kTinyT5), 1e-6, 1e-6));
  fs::remove(root / "whole" / "spiece.model");
  EXPECT_THAT(import_error<FormatError>(root / "whole", root / "to"), HasSubstr("spiece.model"));
}

TEST(Import, RefusesASourceThatIsMissingOrIncomplete) {
  const auto root = scratch("source");
  const auto source = TinyBert().write("import_incomplete");
  EXPECT_THAT(import_error<InputError>(root / "none", root / "to"), HasSubstr("got none"));
  fs::remove(source / "vocab.txt");
  EXPECT_THAT(import_error<FormatError>(source, root / "to"), HasSubstr("vocab.txt"));
  TinyBert missing;
  missing.tensors.erase("encoder.layer.1.output.dense.bias");
  EXPECT_THAT(import_error<FormatError>(missing.write("import_missing"), root / "to"),
              HasSubstr("layer1.contract.bias: not in the file"));
  EXPECT_THAT(names_in(root), UnorderedElementsAre());
}

}  // namespace
}  // namespace imagine::text
