/// Trains a control adapter beside a base whose weights stay as they are.
#pragma once

#include "models/imagine/control_adapter.h"
#include "train/objective.h"

namespace imagine::train {

/// Flow matching with x-prediction, as the base learned; each picture is told some of its things,
/// lines, depth and colours, each kind at random or not at all, so that any of them may be left out
/// later.
class ControlObjective : public Objective {
 public:
  explicit ControlObjective(const TrainConfig& config);

  torch::nn::Module& network() override { return *network_; }
  torch::nn::Module& trained() override { return *adapter_; }
  Json network_config() const override { return to_json(adapter_->config); }
  bool crops() const override { return false; }
  bool previews_held_out() const override { return true; }
  Lesson prepared(const Batch& batch, const Phase& phase,
                  torch::Generator& generator) const override;
  Tensor predicted(const Lesson& lesson) override;
  /// Rows of: a held-out picture, its silhouettes and outlines, and what is drawn of its caption,
  /// boxes, scribble and palette.
  Sheet preview(const PreviewInput& input, const Phase& phase) override;

 private:
  models::Hybrid network_;
  models::ControlAdapter adapter_;
  double caption_drop_;
};

/// What of a batch's pictures, pixels [B, 3, S, S] and their annotations, can be told; `chance`
/// [B, kControlChances], each 0 .. 1, says what is: all where it is 0.
inline constexpr int64_t kControlChances = 24;
models::ControlInput told_of(const Tensor& pixels, const Annotations& annotations,
                             const Tensor& chance);

}  // namespace imagine::train
