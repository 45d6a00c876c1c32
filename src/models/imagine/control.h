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

#include "io/palette.h"
#include "models/imagine/control_config.h"
#include "models/imagine/hybrid.h"
#include "nn/list.h"

namespace imagine::models {

/// Pictures of one channel that a drawing can follow.
enum class Plane { edges, scribble, nearness, silhouette };
inline constexpr int64_t kPlanes = 4;

inline constexpr int64_t kMostThings = 6;   // in boxes of their own
inline constexpr int64_t kMostColours = 6;  // of a palette

/// What pictures are told beside their text; what is not told is zero. R things, K colours.
struct ControlInput {
  Tensor phrases;   // [B, R, D]         the mean of the states of each thing's words
  Tensor boxes;     // [B, R, 4]         left, top, right and bottom in parts of the picture
  Tensor coverage;  // [B, R, H/4, W/4]  which part of a token's square is the thing's; 0: no thing
  Tensor planes;    // [B, P, H, W]      each 0 .. 1
  Tensor told;      // [B, P]            1: of the planes those that are to be followed
  Tensor palette;   // [B, K, 5]         palette_rows()

  /// Nothing told of `count` pictures of that size.
  static ControlInput nothing(int64_t count, Extent picture, int64_t text_width);
  /// Without a copy.
  ControlInput rows(int64_t begin, int64_t count) const;
  ControlInput to(torch::Device device) const;
};

/// The palette of one picture as the network takes it: lightness, the other two of Lab and the
/// share of each, and 1; the first three in hundredths. Shares that are not told are 0. [K, 5]
Tensor palette_rows(const std::vector<io::Swatch>& palette, bool shares_told);

/// Which part of each square of a grid lies inside the boxes: [B, R, 4] -> [B, R, rows, columns].
Tensor coverage_of(const Tensor& boxes, Extent grid);

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
