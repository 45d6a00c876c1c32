/// Trains the base network by flow matching with x-prediction.
#pragma once

#include "models/flow_sampling.h"
#include "models/imagine/hybrid.h"
#include "train/objective.h"

namespace imagine::train {

class BaseObjective : public Objective {
 public:
  explicit BaseObjective(const TrainConfig& config);

  torch::nn::Module& network() override { return *network_; }
  Json network_config() const override { return to_json(network_->config); }
  bool crops() const override { return false; }
  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override;
  Tensor predicted(const Lesson& lesson) override;
  Sheet preview(const PreviewInput& input, const Phase& phase) override;

 protected:
  models::Hybrid network_;
  models::SamplingOptions sampling_{};  ///< of previews

 private:
  double caption_drop_;
};

}  // namespace imagine::train
