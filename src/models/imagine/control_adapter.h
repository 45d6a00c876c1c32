/// A small network beside a frozen base that tells it where things are to be, along which lines,
/// how near, and in which colours (as the adapters of Mou et al. 2023, "T2I-Adapter": it reads what
/// is asked for once and adds to what the base computes at every step).
///
/// Words are painted where they belong (Avrahami et al. 2023, "SpaText"), with each place's
/// coordinates inside its box.
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "models/control_input.h"
#include "models/imagine/control_config.h"
#include "models/imagine/hybrid.h"
#include "nn/list.h"

namespace imagine::models {

/// Reads what is asked for. New weights change nothing of what the base draws.
class ControlAdapterImpl : public torch::nn::Module {
 public:
  ControlAdapterImpl(const ControlConfig& config, const HybridConfig& base);

  /// `text` with what the base is to add at every step.
  HybridText told(const HybridText& text, const ControlInput& input);

  const ControlConfig config;
  const HybridConfig base;

 private:
  struct MixImpl : torch::nn::Module {
    explicit MixImpl(int64_t width);
    Tensor forward(const Tensor& x);  // [B, C, H, W] -> the same
    torch::nn::Conv2d near, up, down;
    torch::nn::GroupNorm norm;
  };
  TORCH_MODULE(Mix);

  Tensor painted(const ControlInput& input);
  Tensor mixed_colours(const Tensor& palette);

  torch::nn::Linear phrase_, place_, thing_, colour_in_, colour_mix_, colours_out_, colours_here_;
  torch::nn::Conv2d planes_in_, planes_mix_, planes_to_tokens_, planes_out_;
  Tensor no_thing_;  // [C] where things are told and none is
  nn::List<Mix> mixes_;
  nn::List<torch::nn::Linear> to_blocks_;
};
TORCH_MODULE(ControlAdapter);

}  // namespace imagine::models
