#include "nn/weights.h"

#include <cstring>

#include <torch/utils.h>

#include "core/check.h"
#include "nn/frozen.h"
#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

// What does not fit between a module and a file.
class Offenders {
 public:
  template <class... Parts>
  void add(const Parts&... parts) {
    if (++count_ <= kShown) text_ += concat(count_ == 1 ? " " : "; ", parts...);
  }

  void check_none(const io::fs::path& path) const {
    check<FormatError>(count_ == 0, path.string(), ": expected the network's weights, got ", count_,
                       count_ == 1 ? " difference:" : " differences:", text_,
                       count_ > kShown ? "; ..." : "");
  }

 private:
  static constexpr int kShown = 10;
  int count_ = 0;
  std::string text_;
};

using NamedTensors = std::map<std::string, torch::Tensor>;
using NamedEntries = std::map<std::string, const io::WeightFiles::Entry*>;

NamedTensors parameters_and_buffers(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

NamedEntries renamed(const io::WeightFiles& files, const Rename& rename, Offenders& offenders) {
  NamedEntries entries;
  for (const auto& [name, entry] : files.tensors()) {
    const auto target = rename ? rename(name) : name;
    if (target && !entries.emplace(*target, &entry).second) {
      offenders.add(name, ": a second tensor for ", *target);
    }
  }
  return entries;
}

bool is_floating_point(io::DType dtype) {
  return dtype == io::DType::f32 || dtype == io::DType::f16 || dtype == io::DType::bf16;
}

/// Whether a weight stands in the file as bytes with a scale for them.
bool is_quantized(const std::string& name, const NamedTensors& targets,
                  const NamedEntries& entries) {
  return entries.contains(name) && entries.at(name)->view.dtype == io::DType::i8 &&
         targets.contains(name) && targets.at(name).is_floating_point() &&
         entries.contains(name + kScaleSuffix);
}

/// The name of the weight whose scale this would be; else empty.
std::string weight_of_scale(const std::string& name) {
  return name.ends_with(kScaleSuffix) ? name.substr(0, name.size() - strlen(kScaleSuffix)) : "";
}

/// A scale belongs to a weight of bytes, one step for each row.
void compare_scale(const std::string& weight, const NamedTensors& targets,
                   const NamedEntries& entries, Offenders& offenders) {
  const auto scale = weight + kScaleSuffix;
  const auto found = entries.find(scale);
  const bool wanted = is_quantized(weight, targets, entries);
  if (found == entries.end()) return;  // the weight's own check says what is missing
  const auto& view = found->second->view;
  const auto rows = targets.at(weight).size(0);
  if (!wanted || view.dtype != io::DType::f32 || view.shape != std::vector<int64_t>{rows}) {
    offenders.add(scale, ": expected ", wanted ? concat("[", rows, "] F32") : "none", ", got ",
                  torch::IntArrayRef(view.shape), ' ', io::name_of(view.dtype));
  }
}

void compare(const NamedTensors& targets, const NamedEntries& entries, Offenders& offenders) {
  for (const auto& [name, target] : targets) {
    if (const auto weight = weight_of_scale(name); targets.contains(weight)) {
      compare_scale(weight, targets, entries, offenders);
      continue;
    }
    const auto found = entries.find(name);
    if (found == entries.end()) {
      offenders.add(name, ": not in the file");
    } else if (!is_quantized(name, targets, entries) &&
               target.is_floating_point() != is_floating_point(found->second->view.dtype)) {
      offenders.add(name, ": expected ", target.is_floating_point() ? "floating-point" : "whole",
                    " numbers, got ", io::name_of(found->second->view.dtype));
    } else if (target.sizes() != torch::IntArrayRef(found->second->view.shape)) {
      offenders.add(name, ": expected ", target.sizes(), ", got ",
                    torch::IntArrayRef(found->second->view.shape));
    }
  }
  for (const auto& [name, entry] : entries) {
    if (targets.contains(name)) continue;
    if (const auto weight = weight_of_scale(name); is_quantized(weight, targets, entries)) {
      compare_scale(weight, targets, entries, offenders);
    } else {
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
  const auto entries = renamed(files, options.rename, offenders);
  compare(targets, entries, offenders);
  offenders.check_none(files.path());

  const torch::NoGradGuard no_grad;
  for (auto [name, target] : targets) {
    const auto found = entries.find(name);
    if (found == entries.end()) continue;  // a scale of a weight that is not bytes
    const auto& [view, mapping] = *found->second;
    auto tensor = tensor_from(view, mapping);
    const auto scale = name + kScaleSuffix;
    const bool stays_bytes = targets.contains(scale);  // the network computes with them
    if (!stays_bytes && is_quantized(name, targets, entries)) {
      const auto& [scale_view, scale_mapping] = *entries.at(scale);
      tensor = dequantized({.values = tensor, .scale = tensor_from(scale_view, scale_mapping)});
    }
    const bool as_stored = tensor.scalar_type() == torch::kChar || !weight_of_scale(name).empty();
    const auto type = as_stored ? tensor.scalar_type()
                                : saved_type(target, options.dtype.value_or(tensor.scalar_type()));
    target.set_data(tensor.to(type, /*non_blocking=*/false, /*copy=*/!options.mapped));
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
