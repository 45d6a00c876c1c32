/// Trains a base to draw in few steps, without guidance, what another draws in more with it.
#pragma once

#include "train/base_objective.h"

namespace imagine::train {

/// Progressive distillation (Salimans and Ho 2022, sec. 3) with the guidance learned along (Meng et
/// al. 2023, sec. 3): from each place of its own path the network learns the clean picture that
/// leads in one step to where the teacher arrives in several guided ones.
class DistillationObjective : public BaseObjective {
 public:
  /// Reads the teacher's weights; both networks are of the kind that `make` makes. FormatError
  /// where they do not fit the config.
  DistillationObjective(const TrainConfig& config, MakeFlowNetwork make);

  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override;
  /// What the teacher makes of the lesson's noisy pictures.
  Tensor truth(const Lesson& lesson) const override;

  /// What the network should predict at `begin` [B, 3, S, S] and the lesson's times.
  Tensor target(const Tensor& begin, const Lesson& lesson) const;

 private:
  Tensor taught(const Tensor& noisy, const Tensor& t, const FlowNetwork::Predict& teacher) const;

  DistillationConfig config_;
  std::unique_ptr<FlowNetwork> teacher_;
};

}  // namespace imagine::train
