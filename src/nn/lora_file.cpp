#include "nn/lora_file.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <torch/utils.h>

#include "core/check.h"
#include "io/json_file.h"
#include "nn/lora_peft.h"
#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

using torch::Tensor;

using Parts = std::map<LoraPart, Tensor>;

/// Two places say one scale if they agree to the digits of bf16.
constexpr double kAgreement = 0.005;

/// Whether the names of the tensors are those of a PEFT model, which files of other programs lack.
bool has_peft_names(const io::fs::path& file) {
  const io::SafetensorsFile opened(file);
  return std::ranges::all_of(opened.tensors(), [](const auto& tensor) {
    return tensor.first.starts_with("base_model.model.");
  });
}

class Reader {
 public:
  Reader(const io::SafetensorsFile& file, const LoraTarget& target)
      : file_(file), target_(target), names_(target), where_(file.path().string()) {}

  Lora read() {
    for (const auto& [name, view] : file_.tensors()) add(name, view.dtype);
    check<FormatError>(!parts_.empty(), where_, ": expected low-rank changes, got none");
    Lora lora;
    for (auto& [layer, parts] : parts_) lora[layer] = pair_of(layer, parts);
    set_scales(lora);
    return lora;
  }

 private:
  void add(const std::string& name, io::DType dtype) {
    const auto place = concat(where_, ": ", name, ": ");
    const auto [layer, part, adapter] = names_.parsed(name, place);
    const auto is_in = [&](const std::string& start) { return layer.starts_with(start); };
    if (std::ranges::any_of(target_.unread, is_in)) return;
    if (part != LoraPart::alpha) {
      check<FormatError>(adapter_.value_or(adapter) == adapter, place, "expected one adapter, got ",
                         adapter.empty() ? "one without a name" : adapter, " beside ",
                         adapter_.value_or("").empty() ? "one without a name" : *adapter_);
      adapter_ = adapter;
    }
    const auto tensor = tensor_of(file_, name);
    const bool number = part == LoraPart::alpha && tensor.scalar_type() != torch::kBool;
    check<FormatError>(number || tensor.is_floating_point(), place,
                       "expected floating-point numbers, got ", io::name_of(dtype));
    check<FormatError>(tensor.to(torch::kFloat).isfinite().all().item<bool>(), place,
                       "expected finite numbers");
    check<FormatError>(parts_[layer].emplace(part, tensor).second, place, "expected one ",
                       "tensor of this kind for ", layer, ", got another");
  }

  /// All but the scale.
  LowRank pair_of(const std::string& layer, Parts& parts) const {
    const auto place = concat(where_, ": ", layer, ": ");
    LowRank pair{.down = parts[LoraPart::down], .up = parts[LoraPart::up]};
    const auto shown = [](const Tensor& t) { return t.defined() ? concat(t.sizes()) : "none"; };
    check<FormatError>(makes_product(pair), place, "expected A [rank, in] and B [out, rank], got ",
                       shown(pair.down), " and ", shown(pair.up));
    for (const auto& [part, values] :
         {std::pair{LoraPart::bias, &pair.bias}, std::pair{LoraPart::magnitude, &pair.magnitude}}) {
      const auto found = parts.find(part);
      if (found == parts.end()) continue;
      check<FormatError>(found->second.numel() == pair.up.size(0), place, "expected ",
                         pair.up.size(0), " numbers of a bias or magnitude, got ",
                         found->second.sizes());
      *values = found->second.flatten();
    }
    check<FormatError>(!pair.bias.defined() || !pair.magnitude.defined(), place,
                       "expected lora_B.bias or lora_magnitude_vector, got both");
    const auto alpha = parts.find(LoraPart::alpha);
    check<FormatError>(alpha == parts.end() || alpha->second.numel() == 1, place,
                       "expected one number as alpha, got ",
                       alpha == parts.end() ? 0 : alpha->second.numel());
    return pair;
  }

  /// Whether B A is the change of some weight.
  static bool makes_product(const LowRank& pair) {
    const auto &a = pair.down, &b = pair.up;
    if (!a.defined() || !b.defined()) return false;
    if (a.dim() != b.dim() || (a.dim() != 2 && a.dim() != 4)) return false;
    const bool points = b.dim() == 2 || (b.size(2) == 1 && b.size(3) == 1);
    return points && a.size(0) == b.size(1) && a.numel() > 0 && b.numel() > 0;
  }

  void set_scales(Lora& lora) {
    std::map<std::string, std::int64_t> ranks;
    for (const auto& [layer, pair] : lora) ranks[layer] = pair.down.size(0);
    std::map<std::string, double> scales;
    for (const auto& config : configs()) {
      check_form(lora, config);
      for (const auto& [layer, scale] : config.scales(ranks)) agree(scales, layer, scale);
    }
    for (const auto& [layer, parts] : parts_) {
      const auto alpha = parts.find(LoraPart::alpha);
      if (alpha == parts.end()) continue;
      agree(scales, layer, alpha->second.item().toDouble() / double(ranks.at(layer)));
    }
    for (const auto& [layer, scale] : scales) lora[layer].scale = scale;
  }

  std::vector<PeftConfig> configs() const {
    std::vector<PeftConfig> configs;
    const auto found = file_.metadata().find(kAdapterMetadata);
    const bool said = found != file_.metadata().end() && !found->second.empty();
    if (said && found->second != "null" && found->second != "{}") {
      configs.push_back(peft_config_of_metadata(found->second, target_.prefix,
                                                concat(where_, ": ", kAdapterMetadata)));
    }
    for (const auto& other : files_of_lora(file_.path())) {
      if (other != file_.path()) configs.emplace_back(io::read_python_json(other), other.string());
    }
    return configs;
  }

  static void check_form(const Lora& lora, const PeftConfig& config) {
    for (const auto& [layer, pair] : lora) {
      check<FormatError>(
          pair.magnitude.defined() == config.dora(), config.where(), ": ", layer,
          ": expected lora_magnitude_vector where use_dora is true, and there alone");
      check<FormatError>(pair.bias.defined() == config.biased(), config.where(), ": ", layer,
                         ": expected lora_B.bias where lora_bias is true, and there alone");
    }
  }

  void agree(std::map<std::string, double>& scales, const std::string& layer, double scale) const {
    const auto known = scales.emplace(layer, scale).first->second;
    check<FormatError>(std::abs(known - scale) <= kAgreement * std::abs(known), where_, ": ", layer,
                       ": expected one scale, got ", known, " and ", scale, " from alpha, ",
                       kAdapterMetadata, " or ", kPeftConfig);
  }

  const io::SafetensorsFile& file_;
  const LoraTarget& target_;
  LoraNames names_;
  std::string where_;
  std::optional<std::string> adapter_;
  std::map<std::string, Parts> parts_;
};

}  // namespace

std::vector<io::fs::path> files_of_lora(const io::fs::path& file) {
  auto config = file;
  config.replace_filename(kPeftConfig);
  const bool is_peft = file.filename() == kPeftWeights;
  auto other = file;  // whose config it would be
  other.replace_filename(kPeftWeights);
  const bool alone = io::fs::exists(config) && !io::fs::exists(other);
  if (!is_peft && !(alone && has_peft_names(file))) return {file};
  check<FormatError>(io::fs::exists(config), file.string(), ": expected ", kPeftConfig,
                     " beside it, which says how much of the changes is added, found none");
  return {file, config};
}

Lora read_lora(const io::SafetensorsFile& file, const LoraTarget& target) {
  return Reader(file, target).read();
}

}  // namespace imagine::nn
