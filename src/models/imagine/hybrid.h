/// The base network: a transformer at a quarter of the size between convolutions at half of it
/// (the residual U-ViT of Hoogeboom et al. 2024, "Simpler Diffusion", with one additive skip).
#pragma once

#include <torch/nn/modules/embedding.h>

#include "core/extent.h"
#include "models/imagine/hybrid_config.h"
#include "nn/list.h"
#include "nn/residual_block.h"
#include "tensor/types.h"

namespace imagine::models {

/// Side in pixels of what a token of the transformer stands for.
inline constexpr int64_t kHybridPlace = 4;

/// The text's part of an attention: [B, T, C] each.
struct HybridKeys {
  Tensor key, value;
};

/// What is added to what the network computes, the same at every step (see control_adapter.h);
/// undefined: nothing.
struct HybridAddition {
  Tensor stem;                 // [B, stem, H/2, W/2]
  std::vector<Tensor> tokens;  // [B, N, C]  before each block
};

/// What the network takes from a text, the same at every step.
struct HybridText {
  Tensor pooled;                 // [B, C]        the text's part zero where it is not read
  Tensor bias;                   // [B, 1, N or 1, T] added to the attention scores: hides the
                                 // padding, weighs words, and leaves them to their regions
  std::vector<HybridKeys> keys;  // of each block
  HybridAddition added = {};
};

/// All rows of all, the shorter texts padded.
HybridText joined(const std::vector<const HybridText*>& texts);

/// One text for a picture whose regions read words of their own: the keys of all, one behind the
/// other, each seen from where region_biases() lets it be. The whole picture is told the first one.
HybridText with_regions(const std::vector<HybridText>& texts, const std::vector<Tensor>& biases);

/// Whose look rows of a batch take on (Hertz et al. 2024, "StyleAligned", secs. 3.1 and 3.2): their
/// places find those of another row of the batch too, and their queries and keys get its mean and
/// deviation. Undefined: no row does.
struct HybridStyles {
  Tensor rows = {};     // [B] int64    of each row the other one, or itself
  Tensor weights = {};  // [B] float    1: as its own places are found, 0: none is
};

/// What the transformer blocks take besides the picture and the text's keys.
struct HybridContext {
  Tensor bias;        // [B, 1, N or 1, N + T] added to the attention scores, with styles
                      // [B, 1, N or 1, N + N + T]
  Tensor modulation;  // [B, 6 C]         scale, shift and gate of both halves of a block
  HybridStyles styles = {};
};

/// Pre-norm transformer block; image tokens read themselves and the text at once. The modulation is
/// made once for all blocks, each adds a bias of its own (adaLN-single, Chen et al. 2023, PixArt).
class HybridBlockImpl : public torch::nn::Module {
 public:
  HybridBlockImpl(int64_t width, int64_t heads);

  /// words [B, T, C], the adapted text
  HybridKeys read(const Tensor& words);
  /// x [B, N, C] -> [B, N, C]
  Tensor forward(const Tensor& x, const HybridKeys& text, const HybridContext& context);

 private:
  int64_t heads_;
  torch::nn::Linear query_key_value_, text_key_value_, out_, up_, down_;
  Tensor bias_;  // [6 C]
};
TORCH_MODULE(HybridBlock);

/// A plain pre-norm encoder layer that turns frozen text states into what this network wants.
class TextLayerImpl : public torch::nn::Module {
 public:
  TextLayerImpl(int64_t width, int64_t heads);

  /// words [B, T, C], bias [B, 1, 1, T] -> [B, T, C]
  Tensor forward(const Tensor& words, const Tensor& bias);

 private:
  int64_t heads_;
  torch::nn::LayerNorm norm1_, norm2_;
  torch::nn::Linear query_key_value_, out_, up_, down_;
};
TORCH_MODULE(TextLayer);

/// Predicts the clean picture inside a noisy one.
class HybridImpl : public torch::nn::Module {
 public:
  explicit HybridImpl(const HybridConfig& config);

  /// unconditional [B] bool, true: the text is not read. cut [B, 4]: what was cut off the pictures
  /// on the left, above, on the right and below, in their widths and heights (as the crop of Podell
  /// et al. 2023, SDXL, sec. 2.2); undefined: nothing. Networks without `crop_told` take no notice.
  HybridText read(const TextEmbedding& text, const Tensor& unconditional, const Tensor& cut = {});
  /// noisy [B, 3, H, W] float with H and W multiples of 8, t [B] in 0 (noise) .. 1 (clean) -> clean
  /// [B, 3, H, W] float
  Tensor forward(const Tensor& noisy, const Tensor& t, const HybridText& text,
                 const HybridStyles& styles = {});
  /// Whether a backward pass computes the blocks again instead of keeping what is in them.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  const HybridConfig config;

 private:
  Tensor embed_condition(const Tensor& t, const HybridText& text);
  Tensor embed_cut(const Tensor& cut);
  Tensor adapt_words(const TextEmbedding& text, const Tensor& unconditional);
  Tensor positions(Extent tokens) const;
  Tensor through_blocks(const Tensor& x, const HybridText& text, const HybridContext& context);

  torch::nn::Linear time1_, time2_, pooled_, modulation_, text_in_, to_pixels_;
  torch::nn::Linear cut_ = nullptr;  // where config.crop_told
  torch::nn::Conv2d conv_in_, to_tokens_, conv_out_;
  nn::ResidualBlock residual_in_, residual_out1_, residual_out2_;
  nn::List<TextLayer> text_;
  nn::List<HybridBlock> blocks_;
  torch::nn::LayerNorm norm_;
  torch::nn::GroupNorm norm_out_;
  Tensor position_;  // [1, P², C], P = config.positions
  Tensor no_text_;   // [1, 1, C]
  bool recompute_ = false;
};
TORCH_MODULE(Hybrid);

}  // namespace imagine::models
