/// Layers whose weights a file fills and nobody trains. They are born without memory: drawing and
/// then dropping initial values would be most of the loading time. Weights may be stored in another
/// type than the input's, in which every layer computes: they are converted as they are used. The
/// weights of linear layers, convolutions and embeddings may be bytes or F8 with a scale beside
/// them: see Quantized.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "nn/group_norm.h"

namespace imagine::nn {

/// What a buffer that a file may lack is called: the steps of WEIGHT are WEIGHT + this.
inline constexpr const char* kScaleSuffix = "_scale";

/// A weight as coarser numbers: `values` times the scale of their row (what makes one output), or
/// of their part of it.
struct Quantized {
  torch::Tensor values;  // [rows, ...] int8 or F8
  torch::Tensor scale;   // [rows] or [rows, equal parts of a row], floating-point
};

/// Each row of a weight [rows, ...] as int8 in steps of its largest value / 127, rounded to the
/// nearest.
Quantized quantized(const torch::Tensor& weight);
/// The weight that they are about. fp32
torch::Tensor dequantized(const Quantized& weight);
/// The numbers of a layer's weight, fp32; its scale is empty or undefined where there is none.
torch::Tensor numbers_of(const torch::Tensor& weight, const torch::Tensor& scale);

/// A weight in the input's type and in the order of bytes that is computed in on this processor:
/// made once and in the weight's place, where otherwise each use makes it anew.
struct PackedWeight {
  bool wanted = false;   // once it is used, see pack()
  bool mapped = false;   // the weight lies in a file
  std::once_flag asked;  // several threads may use a layer
  torch::Tensor values;  // opaque; undefined where the weight stays as it is
};

/// B A of a linear layer's weight W + B A, in the type that it computes in (Hu et al. 2021, "LoRA",
/// eq. 3).
struct LowRankChange {
  torch::Tensor down;  // A [rank, in]
  torch::Tensor up;    // B [out, rank]
};

/// A parameter of that shape that a file fills, without memory until then.
torch::Tensor unfilled(torch::nn::Module& module, const std::string& name,
                       torch::IntArrayRef shape);

struct FrozenLinearImpl : torch::nn::Module {
  FrozenLinearImpl(int64_t in, int64_t out, bool biased = true);
  /// The weight has that shape, [out, ...], whose product without `out` is `in`.
  explicit FrozenLinearImpl(torch::IntArrayRef shape, bool biased = true);
  torch::Tensor forward(const torch::Tensor& x);  // [..., in] -> [..., out]

  /// Lets go of the weight, for good; its shape stays. `copied`: nobody computes with that memory
  /// any more, the pages of a mapped file are left to the system.
  void release(bool copied);

  torch::Tensor weight;        // [out, in]
  torch::Tensor weight_scale;  // [out] or [out, parts] of a Quantized, else empty
  torch::Tensor bias;          // [out], or undefined
  PackedWeight packed;
  std::optional<LowRankChange> change = {};  // added to what comes out

 private:
  torch::Tensor unchanged(const torch::Tensor& x);
};
TORCH_MODULE(FrozenLinear);

/// Stride 1, the size kept.
struct FrozenConv2dImpl : torch::nn::Module {
  FrozenConv2dImpl(int64_t in, int64_t out, int64_t kernel);
  torch::Tensor forward(const torch::Tensor& x);  // [B, in, H, W] -> [B, out, H, W]
  /// forward(x) + other, in one pass where the weight is packed; other [B, out, H, W]
  torch::Tensor forward_plus(const torch::Tensor& x, const torch::Tensor& other);

  torch::Tensor weight;        // [out, in, kernel, kernel]
  torch::Tensor weight_scale;  // [out] or [out, parts] of a Quantized, else empty
  torch::Tensor bias;          // [out]
  int64_t padding;
  PackedWeight packed;

 private:
  bool is_packed_for(const torch::Tensor& x);
};
TORCH_MODULE(FrozenConv2d);

struct FrozenEmbeddingImpl : torch::nn::Module {
  FrozenEmbeddingImpl(int64_t count, int64_t width);
  torch::Tensor forward(
      const torch::Tensor& ids);  // [...] -> [..., width], as stored; of bytes and F8 float

  torch::Tensor weight;        // [count, width]
  torch::Tensor weight_scale;  // [count] or [count, parts] of a Quantized, else empty
};
TORCH_MODULE(FrozenEmbedding);

/// Over the last dimension, with fp32 statistics.
struct FrozenLayerNormImpl : torch::nn::Module {
  FrozenLayerNormImpl(int64_t width, double epsilon);
  torch::Tensor forward(const torch::Tensor& x);  // [..., width]

  torch::Tensor weight;  // [width]
  torch::Tensor bias;    // [width]
  double epsilon;
};
TORCH_MODULE(FrozenLayerNorm);

/// Over the last dimension: divides by the root of the mean square (Zhang and Sennrich 2019).
struct FrozenRmsNormImpl : torch::nn::Module {
  FrozenRmsNormImpl(int64_t width, double epsilon);
  torch::Tensor forward(const torch::Tensor& x);  // [..., width] float

  torch::Tensor weight;  // [width]
  double epsilon;
};
TORCH_MODULE(FrozenRmsNorm);

/// Over each of `groups` groups of channels, with fp32 statistics.
struct FrozenGroupNormImpl : torch::nn::Module {
  FrozenGroupNormImpl(int64_t groups, int64_t channels, double epsilon);
  torch::Tensor forward(const torch::Tensor& x);  // [B, channels, ...]
  /// The activation of forward(x) * scale + shift, both [B, channels] or undefined (1 and 0), of a
  /// picture x [B, channels, H, W].
  torch::Tensor activated(const torch::Tensor& x, Activation activation,
                          const torch::Tensor& scale = {}, const torch::Tensor& shift = {});

  torch::Tensor weight;  // [channels]
  torch::Tensor bias;    // [channels]
  int64_t groups;
  double epsilon;
};
TORCH_MODULE(FrozenGroupNorm);

/// Lets the convolutions and linear layers of a network on the CPU pack their weights when they are
/// first used: for networks that are used often, and that fit into memory beside their file.
/// `mapped`: weights lie in mapped files and nowhere else; the pages of those that were packed are
/// left to the system.
void pack(torch::nn::Module& network, bool mapped = false);

/// Whether weights that take so many bytes fit into memory beside their file once they are packed:
/// up to a sixth of the machine's.
bool fits_packed(double bytes);

}  // namespace imagine::nn
