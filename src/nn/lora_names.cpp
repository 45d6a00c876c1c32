#include "nn/lora_names.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/check.h"

namespace imagine::nn {
namespace {

constexpr std::string_view kPeft = "base_model.model.", kKohya = "lora_unet_";

constexpr std::array<std::string_view, 5> kTextEncoders = {"text_encoder.", "text_encoder_2.",
                                                           "lora_te_", "lora_te1_", "lora_te2_"};

/// Parts of the names, with a dot at their ends, of changes that are none of low rank, or more.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kOtherKinds = {{
    {".hada_", "LoHa"},
    {".lokr_", "LoKr"},
    {".oft_", "OFT"},
    {".boft_", "BOFT"},
    {".ia3_", "IA3"},
    {".vera_lambda_", "VeRA"},
    {".lora_E", "AdaLoRA"},
    {".ranknum.", "AdaLoRA"},
    {".lora_embedding_", "LoRA of an embedding"},
    {".lora_mid.", "LoCon with a middle factor"},
    {".dora_scale.", "LyCORIS's DoRA"},
    {".modules_to_save.", "a layer saved whole"},
    {".diff.", "a full difference"},
    {".diff_b.", "a full difference"},
    {".w_norm.", "a norm's difference"},
    {".b_norm.", "a norm's difference"},
    {".hra_", "HRA"},
    {".fourierft_", "FourierFT"},
    {"_custom_diffusion.", "Custom Diffusion"},
}};

/// What stands between a layer's name and a parameter's, and after PEFT's adapter.
struct Ending {
  std::string_view module;
  std::string_view parameter;
  LoraPart part;
  bool may_name_adapter;
};

constexpr std::array<Ending, 12> kEndings = {{
    {".lora_A", ".weight", LoraPart::down, true},
    {".lora_B", ".weight", LoraPart::up, true},
    {".lora_B", ".bias", LoraPart::bias, true},
    {".lora_magnitude_vector", ".weight", LoraPart::magnitude, true},
    {".lora_magnitude_vector", "", LoraPart::magnitude, true},
    {".lora.down", ".weight", LoraPart::down, false},
    {".lora.up", ".weight", LoraPart::up, false},
    {".lora_down", ".weight", LoraPart::down, false},
    {".lora_up", ".weight", LoraPart::up, false},
    {"_lora.down", ".weight", LoraPart::down, false},
    {"_lora.up", ".weight", LoraPart::up, false},
    {".alpha", "", LoraPart::alpha, false},
}};

/// The layer's name as it stands in the file.
std::optional<LoraName> split(std::string_view name) {
  for (const auto& [module, parameter, part, may_name_adapter] : kEndings) {
    if (!name.ends_with(parameter)) continue;
    auto rest = name.substr(0, name.size() - parameter.size());
    if (rest.ends_with(module)) {
      return LoraName{std::string(rest.substr(0, rest.size() - module.size())), part, {}};
    }
    const auto dot = rest.rfind('.');
    if (!may_name_adapter || dot == rest.npos || !rest.substr(0, dot).ends_with(module)) continue;
    const auto layer = rest.substr(0, dot - module.size());
    return LoraName{std::string(layer), part, std::string(rest.substr(dot + 1))};
  }
  return std::nullopt;
}

std::string with_underscores(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

void drop_start(std::string& name, std::string_view start) {
  if (name.starts_with(start)) name.erase(0, start.size());
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : " and ") + name;
  return all;
}

}  // namespace

LoraNames::LoraNames(const LoraTarget& target) : prefix_(target.prefix) {
  for (const auto& layer : target.layers) layers_[with_underscores(layer)].push_back(layer);
}

std::string LoraNames::layer_of(std::string name, const std::string& place) const {
  drop_start(name, kPeft);
  drop_start(name, prefix_);
  if (name.starts_with(kKohya)) {
    const auto found = layers_.find(name.substr(kKohya.size()));
    check<FormatError>(found != layers_.end(), place, "expected a layer of the network behind ",
                       kKohya, ", got none of that name");
    check<FormatError>(found->second.size() == 1, place, "expected one layer's name, got that of ",
                       joined(found->second));
    return found->second.front();
  }
  constexpr std::string_view kProcessor = ".processor.", kOldOut = ".to_out";
  if (const auto at = name.find(kProcessor); at != name.npos) {
    name.erase(at, kProcessor.size() - 1);
  }
  if (name.ends_with(kOldOut) && !layers_.contains(with_underscores(name))) name += ".0";
  check<FormatError>(!name.empty(), place, "expected a layer's name before the change's, got none");
  return name;
}

LoraName LoraNames::parsed(const std::string& name, const std::string& place) const {
  auto bare = name;
  drop_start(bare, kPeft);
  for (const auto start : kTextEncoders) {
    check<FormatError>(!bare.starts_with(start), place,
                       "expected a change of the network that draws, ",
                       "got one of the text encoder, which is not read");
  }
  const auto dotted = bare + ".";
  for (const auto& [part, kind] : kOtherKinds) {
    check<FormatError>(dotted.find(part) == dotted.npos, place,
                       "expected a low-rank change (LoRA), got ", kind);
  }
  auto result = split(bare);
  check<FormatError>(result.has_value(), place,
                     "expected a low-rank change, LAYER.lora_A.weight or .lora_B.weight");
  result->layer = layer_of(result->layer, place);
  return *result;
}

}  // namespace imagine::nn
