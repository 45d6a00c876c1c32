#include "nn/lora.h"

#include <array>
#include <optional>
#include <vector>

#include <torch/utils.h>

#include "core/check.h"
#include "nn/frozen.h"
#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

using torch::Tensor;

/// What a name in a file ends in, and what stands for it in the layer's name.
struct Ending {
  std::string_view ending;
  bool is_up;
  std::string_view layer;
};

constexpr std::array<Ending, 12> kEndings = {{{".lora_A.weight", false, ""},
                                              {".lora_B.weight", true, ""},
                                              {".lora.down.weight", false, ""},
                                              {".lora.up.weight", true, ""},
                                              {".to_q_lora.down.weight", false, ".to_q"},
                                              {".to_q_lora.up.weight", true, ".to_q"},
                                              {".to_k_lora.down.weight", false, ".to_k"},
                                              {".to_k_lora.up.weight", true, ".to_k"},
                                              {".to_v_lora.down.weight", false, ".to_v"},
                                              {".to_v_lora.up.weight", true, ".to_v"},
                                              {".to_out_lora.down.weight", false, ".to_out.0"},
                                              {".to_out_lora.up.weight", true, ".to_out.0"}}};

constexpr std::string_view kAlpha = ".alpha", kProcessor = ".processor";

struct Part {
  std::string layer;
  bool is_up;
};

std::optional<Part> part_named(std::string name) {
  if (const auto at = name.find(kProcessor); at != name.npos) name.erase(at, kProcessor.size());
  for (const auto& [ending, is_up, layer] : kEndings) {
    if (!name.ends_with(ending)) continue;
    return Part{concat(name.substr(0, name.size() - ending.size()), layer), is_up};
  }
  return std::nullopt;
}

/// Whether B A is the change of some weight.
bool makes_product(const LowRank& pair) {
  const auto &a = pair.down, &b = pair.up;
  if (a.dim() != b.dim() || (a.dim() != 2 && a.dim() != 4)) return false;
  const bool points = b.dim() == 2 || (b.size(2) == 1 && b.size(3) == 1);
  return points && a.size(0) == b.size(1) && a.numel() > 0 && b.numel() > 0;
}

}  // namespace

Tensor LowRank::change() const {
  const auto product =
      up.to(torch::kFloat).flatten(1).matmul(down.to(torch::kFloat).flatten(1)) * scale;
  auto shape = down.sizes().vec();
  shape[0] = up.size(0);
  return product.view(shape);
}

Lora read_lora(const io::SafetensorsFile& file, const std::string& prefix) {
  const auto where = file.path().string();
  Lora lora;
  std::map<std::string, double> alphas;
  for (const auto& [name, view] : file.tensors()) {
    const auto bare = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    const auto tensor = tensor_of(file, name);
    check<FormatError>(tensor.is_floating_point(), where, ": ", name,
                       ": expected floating-point numbers, got ", io::name_of(view.dtype));
    if (bare.ends_with(kAlpha)) {
      check<FormatError>(tensor.numel() == 1, where, ": ", name, ": expected one number, got ",
                         tensor.numel());
      alphas[bare.substr(0, bare.size() - kAlpha.size())] = tensor.item<double>();
      continue;
    }
    const auto part = part_named(bare);
    check<FormatError>(part.has_value(), where, ": ", name,
                       ": expected a low-rank change, LAYER.lora_A.weight or .lora_B.weight");
    auto& pair = lora[part->layer];
    (part->is_up ? pair.up : pair.down) = tensor;
  }
  check<FormatError>(!lora.empty(), where, ": expected low-rank changes, got none");
  for (auto& [layer, pair] : lora) {
    check<FormatError>(pair.down.defined() && pair.up.defined() && makes_product(pair), where, ": ",
                       layer, ": expected A [rank, in] and B [out, rank], got ",
                       pair.down.defined() ? concat(pair.down.sizes()) : "none", " and ",
                       pair.up.defined() ? concat(pair.up.sizes()) : "none");
    const auto alpha = alphas.find(layer);
    if (alpha != alphas.end()) pair.scale = alpha->second / double(pair.down.size(0));
  }
  return lora;
}

void merge(torch::nn::Module& network, const Lora& lora, double weight, const std::string& where) {
  const torch::NoGradGuard no_grad;
  const auto parameters = network.named_parameters();
  for (const auto& [layer, pair] : lora) {
    const auto* target = parameters.find(layer + ".weight");
    check<FormatError>(target != nullptr, where, ": ", layer, ": the network has no such layer; ",
                       "expected the changes of a network of the same kind");
    auto shape = pair.down.sizes().vec();
    shape[0] = pair.up.size(0);
    check<FormatError>(target->sizes() == shape, where, ": ", layer, ": expected the change of a ",
                       target->sizes(), " weight, got ", torch::IntArrayRef(shape));
  }
  auto buffers = network.named_buffers();
  for (const auto& [layer, pair] : lora) {
    auto target = parameters[layer + ".weight"];
    const auto change = (pair.change() * weight).to(target.device());
    const bool bytes = target.scalar_type() == torch::kChar;
    auto* scale = buffers.find(concat(layer, ".weight", kScaleSuffix));
    const auto before =
        bytes ? dequantized({.values = target, .scale = *scale}) : target.to(torch::kFloat);
    const auto type = bytes ? torch::kBFloat16 : target.scalar_type();
    target.set_data((before + change).to(type));
    if (bytes) scale->set_data(torch::zeros({0}));
  }
}

}  // namespace imagine::nn
