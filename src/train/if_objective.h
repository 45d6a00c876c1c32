/// Low-rank changes of DeepFloyd IF's first stage: what is learned beside its frozen weights.
#pragma once

#include "diffusion/schedule.h"
#include "models/deepfloyd_if/if_unet.h"
#include "train/objective.h"

namespace imagine::train {

/// The noise in pictures at timesteps of the stage's own schedule (Ho et al. 2020, eq. 14), as
/// diffusers' training of low-rank changes has it: the variance that the network predicts beside it
/// is left alone.
class IfObjective : public Objective {
 public:
  /// Reads the folder that `config.deepfloyd_if` names, or its first stage there: unet/ and
  /// scheduler/ in diffusers' layout.
  /// ConfigError for a stage that enlarges, weights as bytes, and resolutions that do not fit.
  explicit IfObjective(const TrainConfig& config);

  torch::nn::Module& network() override { return *network_; }
  std::string name_prefix() const override { return "unet."; }
  Json network_config() const override { return network_config_; }
  bool crops() const override { return false; }

  /// Timesteps are drawn evenly, one in each of as many equal parts as there are pictures.
  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override;
  Tensor predicted(const Lesson& lesson) override;
  Tensor truth(const Lesson& lesson) const override { return lesson.noise; }
  Tensor distance(const Tensor& predicted, const Tensor& target,
                  const Lesson& lesson) const override;
  /// Empty: `imagine generate --lora` draws with its changes.
  Sheet preview(const PreviewInput& input, const Phase& phase) override;

 private:
  Json network_config_;
  models::IfUnet network_ = nullptr;
  std::vector<double> alphas_, sigmas_;  // of each timestep
};

}  // namespace imagine::train
