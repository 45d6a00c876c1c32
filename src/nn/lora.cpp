#include "nn/lora.h"

#include <set>

#include <torch/utils.h>

#include "core/check.h"
#include "nn/frozen.h"

namespace imagine::nn {
namespace {

using torch::Tensor;

constexpr std::string_view kWeight = ".weight", kBias = ".bias";

std::string name_of(const std::string& layer, std::string_view parameter) {
  return concat(layer, parameter);
}

/// A layer's numbers. fp32, no bias: undefined
struct Values {
  Tensor weight, bias;
};

/// What the change makes of `now`, which others before it made of the network's `own`.
Values changed(const Values& now, const Values& own, const LowRank& pair, double weight) {
  const auto change = (pair.change() * weight).to(own.weight.device());
  Values next{.weight = now.weight + change, .bias = now.bias};
  if (pair.bias.defined()) next.bias = now.bias + pair.bias.to(now.bias) * (pair.scale * weight);
  if (!pair.magnitude.defined()) return next;
  const auto lengths = (own.weight + change).flatten(1).norm(2, 1);
  const auto factor = pair.magnitude.to(lengths) / lengths;  // [out]
  std::vector<int64_t> rows(std::size_t(change.dim()), 1);
  rows[0] = -1;
  next.weight = next.weight * factor.view(rows);
  if (next.bias.defined()) next.bias = own.bias + factor * (next.bias - own.bias);
  return next;
}

class Merger {
 public:
  Merger(torch::nn::Module& network, const std::vector<WeightedLora>& loras)
      : loras_(loras), parameters_(network.named_parameters()), buffers_(network.named_buffers()) {}

  void run() {
    std::set<std::string> layers;
    for (const auto& [lora, weight, where] : loras_) {
      for (const auto& [layer, pair] : lora) {
        check_fits(layer, pair, where);
        layers.insert(layer);
      }
    }
    for (const auto& layer : layers) change(layer);
  }

 private:
  void check_fits(const std::string& layer, const LowRank& pair, const std::string& where) const {
    const auto* weight = parameters_.find(name_of(layer, kWeight));
    check<FormatError>(weight != nullptr, where, ": ", layer, ": the network has no such layer; ",
                       "expected the changes of a network of the same kind");
    auto shape = pair.down.sizes().vec();
    shape[0] = pair.up.size(0);
    check<FormatError>(weight->sizes() == shape, where, ": ", layer, ": expected the change of a ",
                       weight->sizes(), " weight, got ", torch::IntArrayRef(shape));
    check<FormatError>(!pair.bias.defined() || parameters_.find(name_of(layer, kBias)) != nullptr,
                       where, ": ", layer, ": expected no lora_B.bias, as the layer has no bias");
  }

  Values own(const std::string& layer) const {
    const auto& weight = parameters_[name_of(layer, kWeight)];
    const auto* bias = parameters_.find(name_of(layer, kBias));
    const auto* scale = steps(layer);
    return {.weight = numbers_of(weight, scale ? *scale : Tensor()),
            .bias = bias != nullptr && bias->defined() ? bias->to(torch::kFloat) : Tensor()};
  }

  /// Of a weight that may be bytes.
  const Tensor* steps(const std::string& layer) const {
    return buffers_.find(concat(layer, kWeight, kScaleSuffix));
  }

  void change(const std::string& layer) {
    const auto before = own(layer);
    auto after = before;
    bool biased = false;
    for (const auto& [lora, weight, where] : loras_) {
      const auto found = lora.find(layer);
      if (found == lora.end()) continue;
      after = changed(after, before, found->second, weight);
      check<FormatError>(after.weight.isfinite().all().item<bool>(), where, ": ", layer,
                         ": expected a change that leaves finite weights");
      biased = biased || found->second.bias.defined();
    }
    if (biased) put(name_of(layer, kBias), after.bias);
    const auto* scale = steps(layer);
    put(name_of(layer, kWeight), after.weight);
    if (scale != nullptr) Tensor(*scale).set_data(torch::zeros({0}));
  }

  void put(const std::string& name, const Tensor& values) {
    auto target = parameters_[name];
    const bool bytes = target.element_size() == 1;
    target.set_data(values.to(bytes ? torch::kBFloat16 : target.scalar_type()));
  }

  const std::vector<WeightedLora>& loras_;
  torch::OrderedDict<std::string, Tensor> parameters_, buffers_;
};

}  // namespace

Tensor LowRank::change() const {
  const auto product =
      up.to(torch::kFloat).flatten(1).matmul(down.to(torch::kFloat).flatten(1)) * scale;
  auto shape = down.sizes().vec();
  shape[0] = up.size(0);
  return product.view(shape);
}

std::vector<std::string> changeable_layers(const torch::nn::Module& network) {
  std::vector<std::string> layers;
  for (const auto& item : network.named_parameters()) {
    const auto& name = item.key();
    const bool is_matrix = item.value().dim() == 2 || item.value().dim() == 4;
    if (!is_matrix || !name.ends_with(kWeight)) continue;
    layers.push_back(name.substr(0, name.size() - kWeight.size()));
  }
  return layers;
}

void merge(torch::nn::Module& network, const std::vector<WeightedLora>& loras) {
  const torch::NoGradGuard no_grad;
  Merger(network, loras).run();
}

}  // namespace imagine::nn
