#include "models/quantize.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include <torch/utils.h>

#include "core/check.h"
#include "core/foreign_config.h"
#include "io/json_file.h"
#include "io/mistaken.h"
#include "io/sibling_folder.h"
#include "io/weight_files.h"
#include "models/deepfloyd_if/family.h"
#include "models/minit2i/family.h"
#include "nn/frozen.h"
#include "nn/stored.h"
#include "nn/tensor_file.h"
#include "text/t5_weights.h"
#include "text/text_encoder.h"
#include "text/tokenizer_file.h"

namespace imagine::models {
namespace {

namespace fs = std::filesystem;
using Weights = std::map<std::string, nn::StoredWeight>;

constexpr auto kEncoderStem = "model", kVariant = "int8";
constexpr auto kOwnEncoder = "text_encoder";  // within a MiniT2I
constexpr std::array kStems = {"diffusion_pytorch_model", kEncoderStem};
constexpr std::int64_t kSmallestMatrix = 16384;                 // elements
constexpr std::uint64_t kShard = std::uint64_t(2'000'000'000);  // bytes

/// Whether a weight of that name and shape becomes bytes.
using Rule = bool (*)(const std::string& name, torch::IntArrayRef shape);

bool is_large_matrix(const std::string& name, torch::IntArrayRef shape) {
  return shape.size() >= 2 && c10::multiply_integers(shape) >= kSmallestMatrix &&
         name.ends_with(".weight");
}

/// What text::PackedT5 multiplies: the words' table and the positions stay.
bool is_of_t5_block(const std::string& name, torch::IntArrayRef shape) {
  return shape.size() == 2 && name.starts_with("encoder.block.") && name.ends_with(".weight") &&
         !name.ends_with("relative_attention_bias.weight");
}

/// What PackedDoubleBlock multiplies: first and last layers and the preamble stay.
bool is_of_double_block(const std::string& name, torch::IntArrayRef shape) {
  return shape.size() == 2 && name.find("double_blocks.") != std::string::npos &&
         name.ends_with(".weight");
}

/// A network of the model, whose files are called `stem`.
struct Part {
  fs::path folder;
  std::string stem;
  Rule becomes_bytes;
};

std::map<std::string, Tensor> with_bytes_of(const std::map<std::string, Tensor>& tensors,
                                            Rule becomes_bytes) {
  std::map<std::string, Tensor> stored;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point() || !becomes_bytes(name, tensor.sizes())) {
      stored[name] = tensor;
      continue;
    }
    const auto bytes = nn::quantized(tensor);
    stored[name] = bytes.values;
    stored[name + nn::kScaleSuffix] = bytes.scale;
  }
  return stored;
}

/// The tensors of a network by the names that a file of ours has: numbers, or bytes and scales.
std::map<std::string, Tensor> tensors_of(const std::string& name, const nn::StoredWeight& weight) {
  if (weight.entry.view.dtype != io::DType::i8) return {{name, weight.numbers()}};
  const auto [values, scale] = weight.read();
  if (!scale.defined()) return {{name, values}};
  return {{name, values}, {name + nn::kScaleSuffix, scale}};
}

/// About how many bytes the result has of it.
std::uint64_t bytes_after(const std::string& name, const nn::StoredWeight& weight, Rule rule) {
  const auto& view = weight.entry.view;
  const bool bytes = weight.is_floating_point() && rule(name, view.shape);
  return bytes ? std::uint64_t(c10::multiply_integers(view.shape)) : view.bytes.size();
}

/// The tensors in their order, about kShard bytes of the result in each group.
std::vector<std::vector<Weights::const_iterator>> shards_of(const Weights& weights, Rule rule) {
  std::vector<std::vector<Weights::const_iterator>> shards(1);
  std::uint64_t filled = 0;
  for (auto weight = weights.begin(); weight != weights.end(); ++weight) {
    const auto bytes = bytes_after(weight->first, weight->second, rule);
    if (filled > 0 && filled + bytes > kShard) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(weight);
    filled += bytes;
  }
  return shards;
}

/// Sums over the weights that became bytes.
struct Error {
  double changes = 0, weights = 0;

  void add(const Tensor& before, const nn::Quantized& after) {
    const auto rows = before.to(torch::kFloat).flatten(1);
    const auto back = after.values.flatten(1) * after.scale.unsqueeze(1);
    changes += (back - rows).square().sum().item<double>();
    weights += rows.square().sum().item<double>();
  }
};

/// A network's weights by the names that the copy has: a decoder is left out.
Weights weights_of(const io::WeightFiles& files, const std::string& stem) {
  nn::Offenders offenders;
  const auto names = stem == kEncoderStem ? text::t5_published_names(files) : nn::Rename();
  auto weights = nn::stored_weights(files, names, offenders);
  offenders.check_none(files.path());
  return weights;
}

/// Writes the network's shards and their index, under the variant's name: a program that takes int8
/// for the weights themselves does not find them.
QuantizedPart quantize_network(const Part& network, const fs::path& target,
                               const std::function<bool()>& go_on) {
  const auto& stem = network.stem;
  const auto files = io::WeightFiles::find(network.folder, stem);
  QuantizedPart part{.folder = {}, .bytes_before = files.bytes(), .bytes_after = 0, .error = 0};
  const auto weights = weights_of(files, stem);
  const auto shards = shards_of(weights, network.becomes_bytes);
  Error error;
  Json map = Json::object();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    check<Interrupted>(go_on(), "stopped; nothing was made");
    std::array<char, 64> number{};
    std::snprintf(number.data(), number.size(), "-%05zu-of-%05zu.safetensors", i + 1,
                  shards.size());
    const auto name_of_file = concat(stem, '.', kVariant, number.data());
    std::map<std::string, Tensor> before;
    for (const auto& weight : shards[i]) before.merge(tensors_of(weight->first, weight->second));
    for (const auto& [name, tensor] : before) {
      check<FormatError>(!tensor.is_floating_point() || tensor.isfinite().all().item<bool>(),
                         files.path().string(), ": ", name, ": expected finite numbers");
    }
    const auto tensors = with_bytes_of(before, network.becomes_bytes);
    for (const auto& [name, tensor] : before) {
      const auto scale = tensors.find(name + nn::kScaleSuffix);
      if (scale == tensors.end() || tensors.at(name).equal(tensor)) continue;
      error.add(tensor, {.values = tensors.at(name), .scale = scale->second});
    }
    for (const auto& [name, tensor] : tensors) {
      map[name] = name_of_file;
      part.bytes_after += tensor.nbytes();
    }
    nn::save_tensors(tensors, target / name_of_file, {{"format", "pt"}});
  }
  io::write_json(target / concat(stem, ".safetensors.index.", kVariant, ".json"),
                 {{"metadata", {{"total_size", part.bytes_after}}}, {"weight_map", map}});
  part.error = std::sqrt(error.changes / std::max(error.weights, 1e-300));
  return part;
}

Rule rule_of(const fs::path& folder, const std::string& stem) {
  if (stem == kEncoderStem) return is_of_t5_block;
  const bool is_mmjit = folder.filename() == "transformer";
  return is_mmjit ? is_of_double_block : is_large_matrix;
}

std::optional<Part> network_in(const fs::path& folder) {
  for (const std::string stem : kStems) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      if (name.starts_with(stem + ".") || name.starts_with(stem + "-")) {
        if (name.ends_with(".safetensors")) {
          return Part{.folder = folder, .stem = stem, .becomes_bytes = rule_of(folder, stem)};
        }
      }
    }
  }
  return std::nullopt;
}

bool is_configuration(const fs::path& file) {
  const auto extension = file.extension();
  return (extension == ".json" && file.string().find(".safetensors.index") == std::string::npos) ||
         extension == ".model" || extension == ".txt";
}

/// The pipeline's parts that nothing here runs.
bool is_unused(const fs::path& folder) {
  const auto name = folder.filename();
  return name == "safety_checker" || name == "watermarker" || name == "feature_extractor";
}

/// As it was, but that it says what the weights beside it are.
void copy_configuration(const fs::path& file, const fs::path& target, bool quantized) {
  if (!quantized || file.filename() != "config.json") {
    fs::copy_file(file, target);
    return;
  }
  auto config = io::read_python_json(file);
  config["quantization_config"] = our_quantization();
  io::write_json(target, config);
}

/// Who hears of the parts, and is asked before each shard.
struct Progress {
  const std::function<void(const QuantizedPart&)>& on_part;
  const std::function<bool()>& go_on;
};

/// `source` with all that is in it as `within` of the model `target`.
void quantize_folder(const fs::path& source, const fs::path& target, const fs::path& within,
                     const Progress& progress) {
  fs::create_directories(target / within);
  const auto network = network_in(source);
  if (network) {
    auto part = quantize_network(*network, target / within, progress.go_on);
    part.folder = within.string();
    progress.on_part(part);
  }
  for (const auto& entry : fs::directory_iterator(source)) {
    const auto name = within / entry.path().filename();
    if (entry.is_directory()) {
      if (!is_unused(name)) quantize_folder(entry.path(), target, name, progress);
    } else if (is_configuration(name)) {
      copy_configuration(entry.path(), target / name, network.has_value());
    }
  }
}

bool is_encoder(const fs::path& folder) {
  return fs::exists(folder / "config.json") && !fs::exists(folder / "model_index.json") &&
         !is_minit2i_folder(folder);
}

/// Loads what tells that the model draws, but for the large networks.
void check_model(const fs::path& folder) {
  if (is_encoder(folder)) {
    text::load_text_encoder(folder, torch::kFloat);
    return;
  }
  const auto cascade = is_minit2i_folder(folder) ? open_minit2i(folder) : open_if(folder);
  for (const auto& rule : cascade.text_rules) {
    const bool has_encoder = fs::exists(rule.text_encoder);  // a second stage may lack one
    if (has_encoder) text::load_text_encoder(rule.text_encoder, torch::kFloat);
  }
}

/// InputError for a copy that quantize_model() made.
void check_wide(const fs::path& source) {
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    if (entry.path().filename() != "config.json") continue;
    const auto config = io::read_python_json(entry.path());
    const bool bytes =
        config.is_object() && config.value("quantization_config", Json()) == our_quantization();
    check<InputError>(!bytes, entry.path().string(), ": expected weights that are numbers, got ",
                      "bytes already: it is a copy that --quantize int8 made");
  }
}

/// The encoder of a MiniT2I that lies beside its folder; else empty.
fs::path encoder_beside(const fs::path& source) {
  if (!is_minit2i_folder(source)) return {};
  const auto place = open_minit2i(source).text_rules.front().text_encoder;
  return place != source / kOwnEncoder && fs::exists(place) ? place : fs::path();
}

}  // namespace

std::map<std::string, Tensor> with_bytes(const std::map<std::string, Tensor>& tensors) {
  return with_bytes_of(tensors, is_large_matrix);
}

void quantize_model(const fs::path& named, const fs::path& target,
                    const std::function<void(const QuantizedPart&)>& on_part,
                    const std::function<bool()>& go_on) {
  const auto source = io::model_folder_in(named);
  check<InputError>(fs::is_directory(source), source.string(),
                    ": expected a model folder, got none");
  check<InputError>(
      !fs::exists(source / "model.json"), source.string(),
      ": expected DeepFloyd IF, MiniT2I or a T5, got a model of ours: too small to gain by it");
  const auto place = (fs::absolute(target) / "").lexically_normal().parent_path();
  check<InputError>(!fs::exists(place) || (fs::is_directory(place) && fs::is_empty(place)),
                    place.string(), ": expected a new or empty folder, got one with content");
  check_wide(source);
  check_model(source);
  check<InputError>(!io::is_within(place, source), place.string(),
                    ": expected a folder outside of what is copied, ", source.string());
  const io::SiblingFolder complete(place, "import");
  const Progress progress{.on_part = on_part, .go_on = go_on};
  quantize_folder(source, complete.path(), "", progress);
  if (const auto encoder = encoder_beside(source); !encoder.empty()) {
    quantize_folder(encoder, complete.path(), kOwnEncoder, progress);
    text::copy_tokenizer(encoder, complete.path() / kOwnEncoder);
  }
  if (is_encoder(source)) text::copy_tokenizer(source, complete.path());
  check_model(complete.path());
  if (fs::exists(place)) fs::remove(place);
  io::rename_folder(complete.path(), place);
}

}  // namespace imagine::models
