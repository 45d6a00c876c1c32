/// What DeepFloyd IF's U-Nets are built of, with diffusers' names of the parameters.
#pragma once

#include <string>
#include <vector>

#include "models/deepfloyd_if/if_unet_config.h"
#include "nn/frozen.h"
#include "nn/list.h"
#include "tensor/types.h"

namespace imagine::models {

/// gelu or silu.
Tensor activated(const Tensor& x, nn::Activation activation);

enum class Resample { none, down, up };

/// Residual block; as a resampler it halves or doubles the size before its first convolution.
class IfResnetImpl : public torch::nn::Module {
 public:
  struct Widths {
    int64_t in, out;
  };
  IfResnetImpl(const IfUnetConfig& config, Widths widths, double out_scale,
               Resample resample = Resample::none);

  /// x [B, in, H, W], time [B, E], activated already -> [B, out, H', W']
  Tensor forward(const Tensor& x, const Tensor& time);

 private:
  nn::Activation activation_;
  bool scale_shift_;
  double out_scale_;
  Resample resample_;
  nn::FrozenGroupNorm norm1_, norm2_;
  nn::FrozenConv2d conv1_, conv2_, shortcut_{nullptr};
  nn::FrozenLinear time_;
};
TORCH_MODULE(IfResnet);

/// The text's part of an attention, the same at every step: [B, T, C].
struct IfTextKeys {
  Tensor key, value;
};

/// Pixels read the text and, unless the level reads the text alone, each other.
class IfAttentionImpl : public torch::nn::Module {
 public:
  struct Widths {
    int64_t channels, text, head;
  };
  IfAttentionImpl(const IfUnetConfig& config, Widths widths, bool only_text);

  /// context [B, T, text]
  IfTextKeys read(const Tensor& context);
  /// x [B, C, H, W], bias [B, 1, HW or 1, T] added to the scores of the text, or undefined
  /// -> [B, C, H, W]
  Tensor forward(const Tensor& x, const IfTextKeys& text, const Tensor& bias = {});

 private:
  int64_t heads_;
  nn::FrozenGroupNorm norm_, group_norm_text_{nullptr};
  nn::FrozenLayerNorm layer_norm_text_{nullptr};
  nn::FrozenLinear query_, key_{nullptr}, value_{nullptr}, text_key_, text_value_;
  nn::List<nn::FrozenLinear> out_;
};
TORCH_MODULE(IfAttention);

/// Residual blocks, each followed by an attention where the block attends, then a resampler.
struct IfBlockImpl : torch::nn::Module {
  nn::List<IfResnet> resnets;
  nn::List<IfAttention> attentions{nullptr};
  nn::List<IfResnet> resamplers{nullptr};

  IfBlockImpl() { register_module("resnets", resnets); }
  void add_attention(const IfUnetConfig& config, const IfAttentionImpl::Widths& widths,
                     bool only_text);
  /// Named "downsamplers" or "upsamplers".
  void add_resampler(const IfUnetConfig& config, int64_t channels, Resample resample);
};
TORCH_MODULE(IfBlock);

/// The whole text as one vector: a query made of its mean looks at all tokens.
class IfTextPoolImpl : public torch::nn::Module {
 public:
  explicit IfTextPoolImpl(const IfUnetConfig& config);

  /// states [B, T, D] -> [B, E]
  Tensor forward(const Tensor& states);

 private:
  struct PoolImpl : torch::nn::Module {
    explicit PoolImpl(int64_t width);
    Tensor positional_embedding;  // [1, D]
    nn::FrozenLinear query, key, value;
  };
  TORCH_MODULE(Pool);

  int64_t heads_;
  nn::FrozenLayerNorm norm1_, norm2_;
  Pool pool_;
  nn::FrozenLinear project_;
};
TORCH_MODULE(IfTextPool);

/// Two linear layers with an activation between: what becomes of a timestep's sinusoids.
struct IfTimeEmbeddingImpl : torch::nn::Module {
  explicit IfTimeEmbeddingImpl(const IfUnetConfig& config);
  Tensor forward(const Tensor& sinusoids);  // [B, block_out_channels[0]] -> [B, E]

  nn::Activation activation;
  nn::FrozenLinear linear_1, linear_2;
};
TORCH_MODULE(IfTimeEmbedding);

}  // namespace imagine::models
