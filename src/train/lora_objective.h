/// Trains low-rank changes of another objective's network, whose own weights stay as they are.
#pragma once

#include "nn/frozen.h"
#include "train/lora_config.h"
#include "train/objective.h"

namespace imagine::train {

/// W + B A in every layer that changes (Hu et al. 2021, eq. 3): A begins at random, B at 0, so that
/// the network begins as it was.
class LoraObjective : public Objective {
 public:
  /// ConfigError where no layer's name has one of the targets.
  LoraObjective(const LoraConfig& config, std::unique_ptr<Objective> objective);

  torch::nn::Module& network() override { return objective_->network(); }
  torch::nn::Module& trained() override { return *changes_; }
  std::string file_name() const override { return "lora.safetensors"; }
  std::string name_prefix() const override { return objective_->name_prefix(); }
  std::string peft_prefix() const override { return objective_->peft_prefix(); }
  /// The changes once more as a folder of PEFT's, peft/.
  void export_beside(const std::map<std::string, Tensor>& file,
                     const io::fs::path& folder) const override;
  /// Which network is changed, and the rank and scale as PEFT's LoraConfig, so that diffusers and
  /// we add as much of the changes as was trained.
  std::map<std::string, std::string> metadata() const override;
  void load(const Start& start, const nn::LoadOptions& options) override {
    objective_->load(start, options);
  }
  void place(torch::Device device, torch::Dtype dtype) override {
    objective_->place(device, dtype);
  }
  Json network_config() const override { return objective_->network_config(); }
  bool crops() const override { return objective_->crops(); }
  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override {
    return objective_->prepared(batch, phase, generator);
  }
  Tensor predicted(const Lesson& lesson) override;
  Tensor truth(const Lesson& lesson) const override { return objective_->truth(lesson); }
  Tensor distance(const Tensor& predicted, const Tensor& target,
                  const Lesson& lesson) const override {
    return objective_->distance(predicted, target, lesson);
  }
  /// Of pictures that are kept, and beside them of those whose text is not read, the target is what
  /// the network predicted without the changes; they weigh LoraConfig::keep.
  Tensor loss(const Lesson& lesson) override;
  Sheet preview(const PreviewInput& input, const Phase& phase) override;

 private:
  /// One layer of the network, and what is added to its weight.
  struct Changed {
    nn::FrozenLinearImpl* linear;  // which adds it to what comes out; null:
    Tensor* weight;                // replaced before each use
    Tensor frozen;                 // as it was
    Tensor down, up;
  };

  /// The network computes with the changes, or as it was.
  void set_changed(bool changed);
  /// Of `kept` pictures [B] what the network predicted without the changes.
  Tensor target(const Lesson& lesson, const Tensor& kept);

  std::unique_ptr<Objective> objective_;
  std::shared_ptr<torch::nn::Module> changes_;  // LAYER.lora_A.weight, LAYER.lora_B.weight
  std::vector<Changed> layers_;
  std::vector<std::string> names_;  // of the layers
  int64_t rank_;
  double keep_;
};

}  // namespace imagine::train
