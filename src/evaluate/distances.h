/// How far two sets of pictures lie apart, by what a network makes of them.
///
/// A set is [N, D]: one row of features for each picture. None of these figures is an FID or can be
/// compared with one: the features are our own.
#pragma once

#include "tensor/types.h"

namespace imagine::evaluate {

/// Frechet distance of the two Gaussians with the sets' means and covariances (Heusel et al. 2017,
/// eq. 6). Depends on N: compare sets of one size only. InputError for fewer than two rows.
double frechet_distance(const Tensor& a, const Tensor& b);

/// Unbiased squared maximum mean discrepancy with the kernel (x.y / D + 1)^3 (Binkowski et al.
/// 2018); around 0 for sets of one kind, and below it by chance.
double kernel_distance(const Tensor& a, const Tensor& b);

/// Of balls around each row that reach its k-th nearest neighbour in its own set.
struct Cover {
  double precision = 0;  ///< made pictures in a ball of a real one (Kynkaanniemi et al. 2019)
  double recall = 0;     ///< real pictures in a ball of a made one
  double density = 0;    ///< real balls around a made picture, over k (Naeem et al. 2020)
  double coverage = 0;   ///< real pictures whose ball has a made one (the same)
};

/// InputError where a set has no more than k rows.
Cover cover_of(const Tensor& real, const Tensor& made, int k = 5);

/// The average colours of an 8x8 grid: [B, 3, S, S] -> [B, 192]. The plainest of feature spaces.
Tensor colour_layout(const Tensor& pixels);

}  // namespace imagine::evaluate
