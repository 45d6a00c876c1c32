/// Imagen's Efficient U-Net (Saharia et al. 2022, appendix B), the large upscaler: most of its
/// blocks work on small maps, each level shrinks before its blocks and grows after them, and skip
/// connections are scaled down.
#pragma once

#include <torch/nn/modules/conv.h>

#include "models/imagine/efficient_unet_config.h"
#include "models/imagine/upscaler.h"
#include "nn/list.h"
#include "nn/residual_block.h"

namespace imagine::models {

/// The pixels of a map read the words, and each other where `attends`. A new one is the identity.
class UnetReaderImpl : public torch::nn::Module {
 public:
  UnetReaderImpl(int64_t width, int64_t heads, int64_t text_width, bool attends);

  /// x [B, C, H, W], words [B, T, D], mask [B, T], true where there is a word -> [B, C, H, W]
  Tensor forward(const Tensor& x, const Tensor& words, const Tensor& mask);

 private:
  int64_t heads_;
  torch::nn::GroupNorm norm_;
  torch::nn::LayerNorm text_norm_;
  torch::nn::Linear query_, key_value_{nullptr}, text_key_value_, out_;
};
TORCH_MODULE(UnetReader);

/// The residual blocks of one level on one way, and their reader where they have one.
class UnetLevelImpl : public torch::nn::Module {
 public:
  UnetLevelImpl(const EfficientUnetConfig& config, std::size_t level, int64_t condition_width);

  /// x [B, C, H, W] -> [B, C, H, W]; `recompute`: see EfficientUnet
  Tensor forward(const Tensor& x, const Tensor& condition, const TextEmbedding& text,
                 bool recompute);

 private:
  nn::List<nn::ResidualBlock> blocks_;
  UnetReader reader_{nullptr};
};
TORCH_MODULE(UnetLevel);

/// Group norm sees the whole picture: unlike SuperResolution it has been trained for pictures of
/// about its crops' size.
class EfficientUnetImpl : public Upscaler {
 public:
  explicit EfficientUnetImpl(const EfficientUnetConfig& config);

  /// Whether a backward pass computes the blocks again instead of keeping what is in them.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  const EfficientUnetConfig config;

 private:
  /// Pictures of any size: the last rows and columns are repeated until every level halves.
  Tensor look(const View& view) override;
  Tensor through_levels(const Tensor& pixels, const View& view);

  torch::nn::Conv2d enter_, leave_;
  torch::nn::GroupNorm norm_;
  nn::List<torch::nn::Conv2d> shrink_, grow_;
  nn::List<UnetLevel> down_, up_;
  bool recompute_ = false;
};
TORCH_MODULE(EfficientUnet);

}  // namespace imagine::models
