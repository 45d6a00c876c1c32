#include "text/t5_weights.h"

#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "core/check.h"
#include "io/json_file.h"
#include "text/gguf_tokenizer.h"

namespace imagine::text {
namespace {

constexpr auto kConfig = "config.json";
constexpr auto kArchitecture = "general.architecture";

using Names = std::pair<std::string_view, std::string_view>;

bool is_gguf(const io::WeightFiles& files) { return files.metadata().contains(kArchitecture); }

/// "t5encoder", or "t5" with a decoder that is left out. FormatError for a GGUF of others.
std::string architecture_of(const io::WeightFiles& files) {
  const auto found = files.metadata().find(kArchitecture);
  const auto where = concat(files.path().string(), ": ", kArchitecture);
  const auto name =
      found->is_string() ? found->get<std::string>() : std::string(found->type_name());
  check<FormatError>(name == "t5encoder" || name == "t5", where, ": expected t5encoder, got ",
                     name);
  return name;
}

void check_gguf(const io::WeightFiles& files) {
  if (!is_gguf(files)) return;
  architecture_of(files);
  const auto parts = files.metadata().find("split.count");
  const bool whole = parts == files.metadata().end() || (parts->is_number_integer() && *parts == 1);
  check<FormatError>(whole, files.path().string(),
                     ": expected a whole GGUF, got a part of one: join them with llama.cpp's ",
                     "gguf-split --merge");
}

io::WeightFiles files_in(const fs::path& folder) {
  const auto ggufs = io::gguf_files(folder);
  bool has_safetensors = false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    has_safetensors |= entry.path().extension() == ".safetensors";
  }
  if (ggufs.empty() || has_safetensors) return io::WeightFiles::find(folder, "model");
  check<FormatError>(ggufs.size() == 1, folder.string(), ": expected one GGUF, got ", ggufs.size(),
                     "; name the file, like ", ggufs.front().string());
  return io::WeightFiles::open(ggufs.front());
}

void replace_first(std::string& name, const Names& names) {
  const auto at = name.find(names.first);
  if (at != std::string::npos) name.replace(at, names.first.size(), names.second);
}

/// From llama.cpp's name of an encoder's tensor to Hugging Face's.
std::string name_from_gguf(std::string name, bool gated) {
  const std::array<Names, 13> kNames = {
      {{"token_embd.", "shared."},
       {"enc.output_norm.", "encoder.final_layer_norm."},
       {"enc.blk.", "encoder.block."},
       {".attn_rel_b.", ".layer.0.SelfAttention.relative_attention_bias."},
       {".attn_q.", ".layer.0.SelfAttention.q."},
       {".attn_k.", ".layer.0.SelfAttention.k."},
       {".attn_v.", ".layer.0.SelfAttention.v."},
       {".attn_o.", ".layer.0.SelfAttention.o."},
       {".attn_norm.", ".layer.0.layer_norm."},
       {".ffn_norm.", ".layer.1.layer_norm."},
       {".ffn_gate.", ".layer.1.DenseReluDense.wi_0."},
       {".ffn_up.", gated ? ".layer.1.DenseReluDense.wi_1." : ".layer.1.DenseReluDense.wi."},
       {".ffn_down.", ".layer.1.DenseReluDense.wo."}}};
  for (const auto& names : kNames) replace_first(name, names);
  return name;
}

std::optional<std::string> name_in_encoder(const std::string& foreign, bool shared) {
  for (const auto* left_out : {"decoder.", "lm_head.", "dec.", "output."}) {
    if (foreign.starts_with(left_out)) return std::nullopt;
  }
  constexpr std::string_view kEncoder = "encoder.", kWords = "encoder.embed_tokens.";
  const auto name = foreign.starts_with(kEncoder) || foreign.starts_with("shared.")
                        ? foreign
                        : concat(kEncoder, foreign);  // of an encoder that stood alone
  if (name.starts_with(kWords)) {
    return shared ? std::nullopt : std::optional(concat("shared.", name.substr(kWords.size())));
  }
  return name;
}

std::string our_name(const std::string& published) {
  constexpr std::string_view kEncoder = "encoder.";
  auto name = published.starts_with(kEncoder) ? published.substr(kEncoder.size()) : published;
  if (name == "block.0.layer.0.SelfAttention.relative_attention_bias.weight") {
    return "positions.relative_attention_bias.weight";
  }
  constexpr std::array<Names, 6> kNames = {{{"shared.", "words."},
                                            {"final_layer_norm.", "norm."},
                                            {"layer.0.SelfAttention.", ""},
                                            {"layer.0.layer_norm.", "attention_norm."},
                                            {"layer.1.DenseReluDense.", ""},
                                            {"layer.1.layer_norm.", "feed_forward_norm."}}};
  for (const auto& names : kNames) replace_first(name, names);
  return name;
}

/// The shapes of a T5's tensors, by Hugging Face's names.
class Shapes {
 public:
  explicit Shapes(const io::WeightFiles& files) : where_(files.path().string()) {
    const auto rename = t5_published_names(files);
    for (const auto& [name, entry] : files.tensors()) {
      if (const auto published = rename(name)) shapes_[*published] = entry.view.shape;
    }
  }

  bool has(const std::string& name) const { return shapes_.contains(name); }

  int64_t side(const std::string& name, std::size_t index) const {
    const auto found = shapes_.find(name);
    check<FormatError>(found != shapes_.end() && found->second.size() == 2, where_,
                       ": expected a T5's encoder, found no matrix ", name);
    return found->second[index];
  }

  int64_t layers() const {
    int64_t count = 0;
    while (has(concat("encoder.block.", count, ".layer.0.SelfAttention.q.weight"))) ++count;
    return count;
  }

 private:
  std::string where_;
  std::map<std::string, std::vector<int64_t>> shapes_;
};

/// What a GGUF's metadata says about the network, over what the shapes say.
void read_metadata(const io::WeightFiles& files, Json& config) {
  if (!is_gguf(files)) return;
  const auto prefix = architecture_of(files) + ".";
  constexpr std::array<std::pair<const char*, const char*>, 8> kKeys = {
      {{"embedding_length", "d_model"},
       {"feed_forward_length", "d_ff"},
       {"block_count", "num_layers"},
       {"attention.head_count", "num_heads"},
       {"attention.key_length", "d_kv"},
       {"attention.relative_buckets_count", "relative_attention_num_buckets"},
       {"attention.layer_norm_epsilon", "layer_norm_epsilon"},
       {"attention.layer_norm_rms_epsilon", "layer_norm_epsilon"}}};
  for (const auto& [theirs, ours] : kKeys) {
    const auto found = files.metadata().find(prefix + theirs);
    if (found != files.metadata().end()) config[ours] = *found;
  }
}

}  // namespace

bool is_bare_t5(const fs::path& place) {
  if (!fs::is_directory(place)) return fs::exists(place);
  return !fs::exists(place / kConfig) && !io::gguf_files(place).empty();
}

fs::path folder_of(const fs::path& place) {
  return fs::is_directory(place) ? place : fs::absolute(place).parent_path();
}

io::WeightFiles t5_files(const fs::path& place) {
  auto files = fs::is_directory(place) ? files_in(place) : io::WeightFiles::open(place);
  check_gguf(files);
  return files;
}

nn::Rename t5_published_names(const io::WeightFiles& files) {
  const auto& tensors = files.tensors();
  const bool gguf = is_gguf(files);
  const bool gated = tensors.contains("enc.blk.0.ffn_gate.weight");
  const bool shared = tensors.contains("shared.weight");
  return [=](const std::string& foreign) {
    return name_in_encoder(gguf ? name_from_gguf(foreign, gated) : foreign, shared);
  };
}

nn::Rename t5_names(const io::WeightFiles& files) {
  return [published = t5_published_names(files)](const std::string& foreign) {
    const auto name = published(foreign);
    return name ? std::optional(our_name(*name)) : std::nullopt;
  };
}

Json t5_config_from(const io::WeightFiles& files) {
  const Shapes shapes(files);
  const std::string block = "encoder.block.0.layer.";
  const auto q = block + "0.SelfAttention.q.weight";
  const auto positions = block + "0.SelfAttention.relative_attention_bias.weight";
  const bool gated = shapes.has(block + "1.DenseReluDense.wi_0.weight");
  const auto heads = shapes.side(positions, 1), wide = shapes.side(q, 0);
  check<FormatError>(heads > 0 && wide % heads == 0, files.path().string(), ": ", q,
                     ": expected rows for each of ", heads, " heads, got ", wide);
  Json config = {{"model_type", "t5"},
                 {"vocab_size", shapes.side("shared.weight", 0)},
                 {"d_model", shapes.side("shared.weight", 1)},
                 {"d_kv", wide / heads},
                 {"d_ff", shapes.side(block + "1.DenseReluDense.wo.weight", 1)},
                 {"num_layers", shapes.layers()},
                 {"num_heads", heads},
                 {"relative_attention_num_buckets", shapes.side(positions, 0)},
                 {"relative_attention_max_distance", 128},
                 {"layer_norm_epsilon", 1e-6},
                 {"feed_forward_proj", gated ? "gated-gelu" : "relu"}};
  read_metadata(files, config);
  return config;
}

Json t5_config_json(const fs::path& place, const io::WeightFiles& files) {
  const auto beside = place / kConfig;  // a file has none beside it that is surely its own
  return fs::exists(beside) ? io::read_json(beside) : t5_config_from(files);
}

T5Config t5_config_at(const fs::path& place, const io::WeightFiles& files) {
  const auto where = fs::exists(place / kConfig) ? place / kConfig : files.path();
  return t5_config_of(t5_config_json(place, files), where.string());
}

TokenizerFile t5_vocabulary_at(const fs::path& place, const io::WeightFiles& files,
                               const fs::path& replaced) {
  const auto folder = folder_of(place);
  if (auto found = tokenizer_of(folder, kT5Tokenizer)) return *std::move(found);
  if (auto carried = sentencepiece_in_gguf(files.metadata(), files.path().string())) {
    return {.path = files.path(), .content = *std::move(carried)};
  }
  if (!replaced.empty()) {
    if (auto found = tokenizer_of(replaced, kT5Tokenizer)) return *std::move(found);
  }
  return find_tokenizer(folder, kT5Tokenizer);  // says what is missing
}

}  // namespace imagine::text
