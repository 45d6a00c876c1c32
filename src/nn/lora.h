/// Low-rank changes of a network's matrices, W + scale B A (Hu et al. 2021, "LoRA", eq. 3).
#pragma once

#include <map>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "nn/lora_names.h"

namespace imagine::nn {

/// Of a linear layer, or of a convolution: A is one to `rank` channels, B another 1x1.
struct LowRank {
  torch::Tensor down;       // A [rank, in] or [rank, in, kernel, kernel]
  torch::Tensor up;         // B [out, rank] or [out, rank, 1, 1]
  double scale = 1;         // alpha / rank
  torch::Tensor bias = {};  // [out] B's, added to the layer's own times the scale; or undefined
  torch::Tensor magnitude = {};  // [out] lengths of the changed weight's rows; or undefined

  /// scale B A. [out, in] or [out, in, kernel, kernel], fp32
  torch::Tensor change() const;
};

/// By the name of the layer whose weight changes: "mid_block.attentions.0.to_q".
using Lora = std::map<std::string, LowRank>;

struct WeightedLora {
  Lora lora;
  double weight = 1;       // times each scale
  std::string where = {};  // the file's name, for errors
};

/// A network's layers whose weights can change: linear ones and convolutions.
std::vector<std::string> changeable_layers(const torch::nn::Module& network);

/// Adds the changes one after the other to the network's weights, which must not be packed yet;
/// those of one byte a number become bf16. Where a change has a magnitude m (Liu et al. 2024,
/// "DoRA", eq. 5), the weight so far and the change are multiplied by m / |W + change|, of each
/// row, W being the network's own weight, as PEFT does. FormatError, the network unchanged, where
/// it lacks a layer or a bias or has another shape; FormatError too where a weight would not be
/// finite.
void merge(torch::nn::Module& network, const std::vector<WeightedLora>& loras);

}  // namespace imagine::nn
