#include "train/lora_objective.h"

#include <algorithm>
#include <cmath>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "core/check.h"
#include "core/range.h"
#include "models/loras.h"
#include "nn/lora_peft.h"
#include "nn/peft_folder.h"

namespace imagine::train {
namespace {

using torch::nn::Module;

/// The weight of a layer that can change; nullptr for other modules.
Tensor* weight_of(Module& module) {
  if (auto* linear = module.as<torch::nn::LinearImpl>()) return &linear->weight;
  if (auto* conv = module.as<torch::nn::Conv2dImpl>()) return &conv->weight;
  if (auto* linear = module.as<nn::FrozenLinearImpl>()) return &linear->weight;
  if (auto* conv = module.as<nn::FrozenConv2dImpl>()) return &conv->weight;
  return nullptr;
}

/// The module of that dotted path under `root`, made where it is not there.
Module& child(Module& root, const std::string& path) {
  const auto dot = path.find('.');
  const auto name = path.substr(0, dot);
  const auto children = root.named_children();
  const auto* found = children.find(name);
  auto& module = found ? **found : *root.register_module(name, std::make_shared<Module>("changes"));
  return dot == path.npos ? module : child(module, path.substr(dot + 1));
}

Tensor add_weight(Module& root, const std::string& path, const Tensor& values) {
  return child(root, path).register_parameter("weight", values);
}

bool is_target(const std::string& name, const std::vector<std::string>& targets) {
  return targets.empty() || std::ranges::any_of(targets, [&](const std::string& target) {
           return name.find(target) != name.npos;
         });
}

}  // namespace

void LoraConfig::validate() const {
  check_range("lora.rank", rank, 0, 4096);
  check_range("lora.keep", keep, 0.0, 1e6);
  check<ConfigError>(rank > 0 || (targets.empty() && keep == 1),
                     "lora.rank: expected at least 1 with targets or keep");
}

LoraObjective::LoraObjective(const LoraConfig& config, std::unique_ptr<Objective> objective)
    : objective_(std::move(objective)),
      changes_(std::make_shared<Module>("changes")),
      rank_(config.rank),
      keep_(config.keep) {
  auto& network = objective_->network();
  for (auto& parameter : network.parameters()) parameter.requires_grad_(false);
  for (const auto& item : network.named_modules("", /*include_self=*/false)) {
    const auto& name = item.key();
    auto* weight = weight_of(*item.value());
    if (weight == nullptr || !is_target(name, config.targets)) continue;
    auto a = weight->sizes().vec(), b = std::vector<int64_t>(a.size(), 1);
    b[0] = a[0], b[1] = a[0] = config.rank;
    const double spread = 1 / std::sqrt(double(weight->numel()) / double(weight->size(0)));
    names_.push_back(name);
    layers_.push_back({.linear = item.value()->as<nn::FrozenLinearImpl>(),
                       .weight = weight,
                       .frozen = *weight,
                       .down = add_weight(*changes_, name + ".lora_A", torch::randn(a) * spread),
                       .up = add_weight(*changes_, name + ".lora_B", torch::zeros(b))});
  }
  check<ConfigError>(!layers_.empty(), "lora.targets: expected parts of layers' names, got none ",
                     "that the network has");
}

std::map<std::string, std::string> LoraObjective::metadata() const {
  Json adapter = Json::object();
  const auto say = [&](const char* field, const Json& value) {
    adapter[name_prefix() + field] = value;
  };
  say("r", rank_);
  say("lora_alpha", rank_);  // a scale of 1
  say("target_modules", names_);
  return {{"format", "pt"},
          {nn::kAdapterMetadata, adapter.dump()},
          {models::kChangedNetwork, network_config().dump()}};
}

void LoraObjective::export_beside(const std::map<std::string, Tensor>& file,
                                  const io::fs::path& folder) const {
  nn::PeftFolder peft{.rank = rank_, .layers = {}};
  for (const auto& name : names_) peft.layers.push_back(peft_prefix() + name);
  for (const auto& [name, values] : file) {
    peft.changes[peft_prefix() + name.substr(name_prefix().size())] = values;
  }
  nn::write_peft(peft, folder / "peft");
}

void LoraObjective::set_changed(bool changed) {
  for (auto& [linear, weight, frozen, down, up] : layers_) {
    const nn::LowRankChange change{.down = down.flatten(1), .up = up.flatten(1)};
    if (linear != nullptr) {
      linear->change = changed ? std::optional(change) : std::nullopt;
    } else {
      *weight = changed ? frozen + change.up.matmul(change.down).view_as(frozen) : frozen;
    }
  }
}

Tensor LoraObjective::predicted(const Lesson& lesson) {
  set_changed(true);
  return objective_->predicted(lesson);
}

Tensor LoraObjective::target(const Lesson& lesson, const Tensor& kept) {
  const torch::NoGradGuard no_grad;
  set_changed(false);
  return torch::where(kept.view({-1, 1, 1, 1}), objective_->predicted(lesson),
                      objective_->truth(lesson));
}

Tensor LoraObjective::loss(const Lesson& lesson) {
  auto aimed = lesson;
  if (auto kept = lesson.batch.kept; kept.defined()) {  // [B]
    if (lesson.unconditional.defined()) kept = kept.logical_or(lesson.unconditional);
    aimed.target = target(lesson, kept);
    aimed.weight = torch::where(kept, keep_, 1.0);
  }
  set_changed(true);
  return objective_->loss(aimed);
}

Sheet LoraObjective::preview(const PreviewInput& input, const Phase& phase) {
  const torch::NoGradGuard no_grad;
  set_changed(true);
  return objective_->preview(input, phase);
}

}  // namespace imagine::train
