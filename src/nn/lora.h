/// Low-rank changes of a network's matrices, W + scale B A (Hu et al. 2021, "LoRA", eq. 3).
#pragma once

#include <map>
#include <string>

#include <torch/nn/module.h>

#include "io/safetensors.h"

namespace imagine::nn {

/// Of a linear layer, or of a convolution: A is one to `rank` channels, B another 1x1.
struct LowRank {
  torch::Tensor down;  // A [rank, in] or [rank, in, kernel, kernel]
  torch::Tensor up;    // B [out, rank] or [out, rank, 1, 1]
  double scale = 1;    // alpha / rank

  /// What it adds to the weight. [out, in] or [out, in, kernel, kernel], fp32
  torch::Tensor change() const;
};

/// By the name of the layer whose weight changes: "mid_block.attentions.0.to_q".
using Lora = std::map<std::string, LowRank>;

/// The names that diffusers and PEFT write: LAYER.lora_A.weight and LAYER.lora_B.weight,
/// LAYER.lora.down.weight and .up.weight, or of an attention's processor
/// ATTENTION.processor.to_q_lora.down.weight; LAYER.alpha where the scale is not 1. `prefix`
/// ("unet.") is dropped where it stands before all names. FormatError for others, for halves of a
/// pair and for shapes that make no product.
Lora read_lora(const io::SafetensorsFile& file, const std::string& prefix);

/// Adds `weight` times the changes to the network's weights, which must not be packed yet; those
/// that are bytes become bf16. FormatError, the network unchanged, where it lacks a layer or has
/// another shape; `where` names the file.
void merge(torch::nn::Module& network, const Lora& lora, double weight, const std::string& where);

}  // namespace imagine::nn
