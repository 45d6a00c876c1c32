/// Trains the upscaler on crops, whose low resolution is made by averaging and adding noise.
#pragma once

#include "models/imagine/upscaler.h"
#include "train/objective.h"

namespace imagine::train {

class SuperResolutionObjective : public Objective {
 public:
  SuperResolutionObjective(const TrainConfig& config, std::shared_ptr<models::Upscaler> network,
                           Json network_config);

  torch::nn::Module& network() override { return *network_; }
  Json network_config() const override { return network_config_; }
  bool crops() const override { return true; }
  bool previews_held_out() const override { return true; }
  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override;
  Tensor predicted(const Lesson& lesson) override;
  /// Rows of: enlarged by bicubic, by the network, the truth.
  Sheet preview(const PreviewInput& input, const Phase& phase) override;

 private:
  double augmentation_;
  Json network_config_;
  std::shared_ptr<models::Upscaler> network_;
};

}  // namespace imagine::train
