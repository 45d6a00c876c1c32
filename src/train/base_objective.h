/// Trains a network by flow matching with x-prediction.
#pragma once

#include "train/flow_network.h"
#include "train/objective.h"

namespace imagine::train {

class BaseObjective : public Objective {
 public:
  BaseObjective(const TrainConfig& config, std::unique_ptr<FlowNetwork> network);

  torch::nn::Module& network() override { return network_->module(); }
  void load(const Start& start, const nn::LoadOptions& options) override {
    network_->load(start, options);
  }
  void place(torch::Device device, torch::Dtype dtype) override { network_->place(device, dtype); }
  std::string name_prefix() const override { return network_->name_prefix(); }
  std::string peft_prefix() const override { return name_prefix(); }
  Json network_config() const override { return network_->config(); }
  bool crops() const override { return false; }
  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override;
  Tensor predicted(const Lesson& lesson) override;
  Sheet preview(const PreviewInput& input, const Phase& phase) override;

 protected:
  /// [B, 3, H, W] what the network is shown at the lesson's times.
  Tensor noisy(const Lesson& lesson) const;

  std::unique_ptr<FlowNetwork> network_;
  models::SamplingOptions sampling_;  ///< of previews

 private:
  double caption_drop_;
};

}  // namespace imagine::train
