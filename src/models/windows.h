/// A picture that is longer than what a network knows, drawn in squares that overlap and are joined
/// at every step (Bar-Tal et al. 2023, "MultiDiffusion", eq. 5).
#pragma once

#include <span>
#include <vector>

#include "core/extent.h"
#include "diffusion/denoiser.h"

namespace imagine::models {

/// About `ratio` times as wide as high, its shorter side `side` long and the other a multiple of 8.
Extent windowed_extent(double ratio, std::int64_t side);

/// Squares over a picture from end to end, each beginning at most half a square after the one
/// before.
class Windows {
 public:
  /// `side`: of a square, the shorter side of the picture; 0: the picture is one window.
  Windows(Extent picture, std::int64_t side);

  std::size_t count() const { return begins_.size(); }
  /// [B, C, H, W] -> [B, C, side, side], without a copy. What is one wide or high stays so.
  Tensor cut(const Tensor& picture, std::size_t window) const;
  /// One prediction of those of all windows: what lies in several is their mean, weighted by how
  /// far it is from each one's ends.
  diffusion::Prediction joined(std::span<const diffusion::Prediction> predictions) const;

 private:
  Tensor pasted(const std::vector<Tensor>& parts) const;

  Extent picture_;
  std::int64_t side_;
  std::vector<std::int64_t> begins_;  // along the longer side
};

}  // namespace imagine::models
