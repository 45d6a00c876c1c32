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
using NamedViews = std::map<std::string, const io::TensorView*>;

NamedTensors parameters_and_buffers(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

NamedViews renamed(const io::SafetensorsFile& file, const Rename& rename, Offenders& offenders) {
  NamedViews views;
  for (const auto& [name, view] : file.tensors()) {
    const auto target = rename ? rename(name) : name;
    if (target && !views.emplace(*target, &view).second) {
      offenders.add(name, ": a second tensor for ", *target);
    }
  }
  return views;
}

void compare(const NamedTensors& targets, const NamedViews& views, Offenders& offenders) {
  for (const auto& [name, target] : targets) {
    const auto found = views.find(name);
    if (found == views.end()) {
      offenders.add(name, ": not in the file");
    } else if (target.sizes() != torch::IntArrayRef(found->second->shape)) {
      offenders.add(name, ": expected ", target.sizes(), ", got ",
                    torch::IntArrayRef(found->second->shape));
    }
  }
  for (const auto& [name, view] : views) {
    if (!targets.contains(name)) offenders.add(name, ": the network has no such parameter");
  }
}

torch::Dtype saved_type(const torch::Tensor& tensor, torch::Dtype dtype) {
  return tensor.is_floating_point() ? dtype : tensor.scalar_type();
}

}  // namespace

void load_weights(torch::nn::Module& module, const io::SafetensorsFile& file,
                  const LoadOptions& options) {
  Offenders offenders;
  const auto targets = parameters_and_buffers(module);
  const auto views = renamed(file, options.rename, offenders);
  compare(targets, views, offenders);
  offenders.check_none(file.path());

  const torch::NoGradGuard no_grad;
  for (auto [name, target] : targets) {
    const auto tensor = tensor_from(*views.at(name), file.mapping());
    const auto type = saved_type(target, options.dtype);
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
