#include "nn/weights.h"

#include <cstring>

#include <torch/utils.h>

#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

using NamedTensors = std::map<std::string, torch::Tensor>;
using StoredWeights = std::map<std::string, StoredWeight>;

NamedTensors parameters_and_buffers(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

/// The name of the weight whose scale this would be; else empty.
std::string weight_of_scale(const std::string& name) {
  return name.ends_with(kScaleSuffix) ? name.substr(0, name.size() - strlen(kScaleSuffix)) : "";
}

/// Whether it is the module's place for the scale of a weight.
bool is_scale(const std::string& name, const NamedTensors& targets) {
  return targets.contains(weight_of_scale(name));
}

void compare(const NamedTensors& targets, const StoredWeights& stored, Offenders& offenders) {
  for (const auto& [name, target] : targets) {
    const auto found = stored.find(name);
    if (is_scale(name, targets)) continue;
    if (found == stored.end()) {
      offenders.add(name, ": not in the file");
      continue;
    }
    const auto& view = found->second.entry.view;
    if (target.is_floating_point() != found->second.is_floating_point()) {
      offenders.add(name, ": expected ", target.is_floating_point() ? "floating-point" : "whole",
                    " numbers, got ", io::type_name(view));
    } else if (target.sizes() != torch::IntArrayRef(view.shape)) {
      offenders.add(name, ": expected ", target.sizes(), ", got ", torch::IntArrayRef(view.shape));
    }
  }
  for (const auto& [name, weight] : stored) {
    if (is_scale(name, targets)) {
      offenders.add(name, ": expected none, got ", torch::IntArrayRef(weight.entry.view.shape), ' ',
                    io::type_name(weight.entry.view));
    } else if (!targets.contains(name)) {
      offenders.add(name, ": the network has no such parameter");
    }
  }
}

torch::Dtype saved_type(const torch::Tensor& tensor, torch::Dtype dtype) {
  return tensor.is_floating_point() ? dtype : tensor.scalar_type();
}

}  // namespace

void load_weights(torch::nn::Module& module, const io::WeightFiles& files,
                  const LoadOptions& options) {
  Offenders offenders;
  const auto targets = parameters_and_buffers(module);
  const auto stored = stored_weights(files, options.rename, offenders);
  compare(targets, stored, offenders);
  offenders.check_none(files.path());

  const torch::NoGradGuard no_grad;
  const auto fill = [&](torch::Tensor target, const torch::Tensor& tensor, torch::Dtype type) {
    target.set_data(tensor.to(type, /*non_blocking=*/false, /*copy=*/!options.mapped));
  };
  for (const auto& [name, target] : targets) {
    const auto found = stored.find(name);
    if (found == stored.end()) continue;  // a scale
    const auto [values, scale] = found->second.read();
    const auto place = targets.find(name + kScaleSuffix);
    const bool coarse = scale.defined();
    const bool whole = coarse && !values.is_floating_point();
    if (coarse && place != targets.end() && (whole || !options.dtype)) {
      fill(target, values, values.scalar_type());
      fill(place->second, scale, scale.scalar_type());
      continue;
    }
    const auto numbers = coarse ? dequantized({.values = values, .scale = scale}) : values;
    fill(target, numbers, saved_type(target, options.dtype.value_or(numbers.scalar_type())));
  }
}

void save_weights(const torch::nn::Module& module, const io::fs::path& path, torch::Dtype dtype,
                  const std::map<std::string, std::string>& metadata) {
  auto tensors = parameters_and_buffers(module);
  std::erase_if(tensors, [](const auto& item) {  // scales of weights that are not bytes
    return !weight_of_scale(item.first).empty() && item.second.numel() == 0;
  });
  for (auto& [name, tensor] : tensors) tensor = tensor.detach().to(saved_type(tensor, dtype));
  save_tensors(tensors, path, metadata);
}

}  // namespace imagine::nn
