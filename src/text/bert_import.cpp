#include "text/bert_import.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <torch/utils.h>

#include "io/file.h"
#include "io/json_file.h"
#include "io/weight_files.h"
#include "text/bert_weights.h"
#include "text/tokenizer_file.h"

namespace imagine::text {
namespace fs = std::filesystem;
namespace {

constexpr auto kWeights = "model.safetensors";
constexpr auto kTokenizerConfig = "tokenizer_config.json";

// What a config says about an architecture beyond our fields must be what we compute.
void expect(const Json& config, const std::string& where, const char* key, const Json& expected) {
  const auto found = config.find(key);
  check<ConfigError>(found == config.end() || *found == expected, where, ": ", key, ": expected ",
                     expected.dump(), ", got ", found == config.end() ? "" : found->dump());
}

BertConfig bert_config(const Json& foreign, const std::string& where) {
  expect(foreign, where, "hidden_act", "gelu");
  expect(foreign, where, "position_embedding_type", "absolute");
  expect(foreign, where, "is_decoder", false);
  Json known = Json::object();
  const BertConfig defaults;
  BertConfig::fields(defaults, [&](const char* name, const auto&, const char*) {
    if (foreign.contains(name)) known[name] = foreign[name];
  });
  known.erase("max_length");  // theirs is about generating text
  auto config = from_json<BertConfig>(known, where);
  config.max_length = std::min(config.max_length, config.max_position_embeddings);
  config.validate(where);
  return config;
}

void check_tokenizer(const fs::path& source, const BertConfig& config) {
  const auto file = find_tokenizer(source, kBertTokenizer);
  const auto options = file.path.parent_path() / kTokenizerConfig;
  if (fs::exists(options)) {
    const auto json = io::read_json(options);
    expect(json, options.string(), "do_lower_case", true);
    expect(json, options.string(), "tokenize_chinese_chars", true);
    if (json.contains("strip_accents") && !json["strip_accents"].is_null()) {
      expect(json, options.string(), "strip_accents", true);  // null: as do_lower_case
    }
  }
  bert_tokenizer(file, config.vocab_size);
}

std::string replaced(std::string name, const std::string& from, const std::string& to) {
  const auto at = name.find(from);
  return at == std::string::npos ? name : name.replace(at, from.size(), to);
}

// From Hugging Face's names to BertImpl's; no pooler, no heads, no constant position ids.
std::optional<std::string> bert_name(const std::string& foreign) {
  auto name = foreign.starts_with("bert.") ? foreign.substr(5) : foreign;
  if (name.starts_with("pooler.") || name.starts_with("cls.") ||
      name == "embeddings.position_ids") {
    return std::nullopt;
  }
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"embeddings.word_embeddings", "words"},
      {"embeddings.position_embeddings", "positions"},
      {"embeddings.token_type_embeddings", "types"},
      {"embeddings.LayerNorm", "norm"},
      {"encoder.layer.", "layer"},
      {"attention.self.", "attention."},
      {"attention.output.dense", "attention.output"},
      {"attention.output.LayerNorm", "attention_norm"},
      {"intermediate.dense", "expand"},
      {".output.dense", ".contract"},
      {".output.LayerNorm", ".output_norm"}};
  constexpr std::pair<const char*, const char*> kOldNames[] = {{"norm.gamma", "norm.weight"},
                                                               {"norm.beta", "norm.bias"}};
  for (const auto& [from, to] : kNames) name = replaced(std::move(name), from, to);
  for (const auto& [from, to] : kOldNames) {  // TensorFlow's, which old checkpoints kept
    if (name.ends_with(from)) name.replace(name.size() - strlen(from), strlen(from), to);
  }
  return name;
}

void check_finite(const torch::nn::Module& module, torch::Dtype dtype, const std::string& where) {
  for (const auto& item : module.named_parameters()) {
    check<FormatError>(item.value().to(dtype).isfinite().all().item<bool>(), where, ": ",
                       item.key(), ": expected finite numbers in ", dtype, ", got others");
  }
}

}  // namespace

void convert_bert(const fs::path& source, const fs::path& target, torch::Dtype dtype) {
  const auto where = (source / "config.json").string();
  const auto config = bert_config(io::read_json(source / "config.json"), where);
  check_tokenizer(source, config);

  const auto weights = io::WeightFiles::find(source, "model");
  const auto bert = load_bert(config, weights, {.mapped = true, .rename = bert_name});
  check_finite(*bert, dtype, weights.path().string());

  io::write_json(target / "config.json", to_json(config));
  copy_tokenizer(source, target);
  nn::save_weights(*bert, target / kWeights, dtype);
}

}  // namespace imagine::text
