#include "nn/weights.h"

#include <torch/utils.h>

#include "core/check.h"
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

void compare(const NamedTensors& targets, const NamedEntries& entries, Offenders& offenders) {
  for (const auto& [name, target] : targets) {
    const auto found = entries.find(name);
    if (found == entries.end()) {
      offenders.add(name, ": not in the file");
    } else if (target.is_floating_point() != is_floating_point(found->second->view.dtype)) {
      offenders.add(name, ": expected ", target.is_floating_point() ? "floating-point" : "whole",
                    " numbers, got ", io::name_of(found->second->view.dtype));
    } else if (target.sizes() != torch::IntArrayRef(found->second->view.shape)) {
      offenders.add(name, ": expected ", target.sizes(), ", got ",
                    torch::IntArrayRef(found->second->view.shape));
    }
  }
  for (const auto& [name, entry] : entries) {
    if (!targets.contains(name)) offenders.add(name, ": the network has no such parameter");
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
    const auto& [view, mapping] = *entries.at(name);
    const auto tensor = tensor_from(view, mapping);
    const auto type = saved_type(target, options.dtype.value_or(tensor.scalar_type()));
    target.set_data(tensor.to(type, /*non_blocking=*/false, /*copy=*/!options.mapped));
  }
}

void save_weights(const torch::nn::Module& module, const io::fs::path& path, torch::Dtype dtype,
                  const std::map<std::string, std::string>& metadata) {
  auto tensors = parameters_and_buffers(module);
  for (auto& [name, tensor] : tensors) tensor = tensor.detach().to(saved_type(tensor, dtype));
  save_tensors(tensors, path, metadata);
}

}  // namespace imagine::nn
