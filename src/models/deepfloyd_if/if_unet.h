/// The U-Net of DeepFloyd IF (stage I and II), after diffusers' UNet2DConditionModel.
#pragma once

#include <vector>

#include "models/deepfloyd_if/if_blocks.h"
#include "models/deepfloyd_if/if_unet_config.h"
#include "nn/frozen.h"
#include "nn/list.h"
#include "tensor/types.h"

namespace imagine::models {

/// What the network makes of a text, once for all steps.
struct IfText {
  Tensor pooled;                 // [B, E]
  std::vector<IfTextKeys> keys;  // of the attentions: down, middle, up
  /// [B, 1, N or 1, T] of each attention, added to the scores: weighs words, and leaves them to
  /// their regions; empty: nothing is.
  std::vector<Tensor> biases = {};
};

/// All rows of all, the shorter texts padded.
IfText joined(const std::vector<const IfText*>& texts);

/// One text of several: the keys of all, one behind the other, with `biases` [1, 1, N or 1, T] of
/// each attention's texts. The whole picture is told the first one.
IfText with_biases(const std::vector<IfText>& texts,
                   const std::vector<std::vector<Tensor>>& biases);

/// What the network is told beside a picture.
struct IfConditioning {
  Tensor time;         // [B] float, a training timestep
  Tensor noise_level;  // [B] float, of the low resolution; undefined where the network is not told
};

class IfUnetImpl : public torch::nn::Module {
 public:
  explicit IfUnetImpl(const IfUnetConfig& config);

  /// states [B, T, D]: every token is read, padding too.
  IfText read(const Tensor& states);
  /// How many pixels along a side a place of each attention stands for, in the order of the keys.
  std::vector<int64_t> attention_scales() const;
  /// noisy [B, in_channels, H, W], H and W multiples of config.multiple() ->
  /// [B, out_channels, H, W]. Computes in the type of `noisy`, which is that of the text.
  Tensor forward(const Tensor& noisy, const IfConditioning& conditioning, const IfText& text);

  const IfUnetConfig config;

 private:
  IfBlock down_block(std::size_t level, std::vector<int64_t>& skips) const;
  IfBlock up_block(std::size_t level, std::vector<int64_t>& skips) const;
  IfBlock middle_block() const;
  Tensor embed(const IfConditioning& conditioning, const IfText& text, torch::Dtype dtype);
  Tensor sinusoids(const Tensor& values) const;

  nn::FrozenConv2d conv_in_, conv_out_;
  IfTimeEmbedding time_, noise_level_{nullptr};
  nn::FrozenLinear project_text_;
  IfTextPool pool_;
  nn::List<IfBlock> down_, up_;
  IfBlock middle_;
  nn::FrozenGroupNorm norm_out_;
};
TORCH_MODULE(IfUnet);

}  // namespace imagine::models
