/// Where tokens stand, told by turning their queries and keys (Su et al. 2021, "RoFormer").
#pragma once

#include "tensor/types.h"

namespace imagine::models {

/// The angles of N places, one for each pair of a head's numbers j and j + head_dim / 2.
struct Rotation {
  Tensor cosine, sine;  // [N, head_dim / 2] float

  Rotation to(torch::Device device) const { return {cosine.to(device), sine.to(device)}; }
};

/// Of texts: place p turns pair j by p * 10000^(-2 j / head_dim). Places `first` ..
/// `first` + count - 1.
Rotation text_rotation(int64_t first, int64_t count, int64_t head_dim);
/// Of a picture of side x side tokens, row after row: the first half of the pairs is turned by the
/// row, the second by the column, pair k of each by 10000^(-4 k / head_dim).
Rotation picture_rotation(int64_t side, int64_t head_dim);
/// That leaves `count` tokens as they are.
Rotation no_rotation(int64_t count, int64_t head_dim);
/// The places of `first`, then those of `second`.
Rotation joined(const Rotation& first, const Rotation& second);

/// x [B, N, heads, head_dim] -> the same shape.
Tensor rotated(const Tensor& x, const Rotation& rotation);

}  // namespace imagine::models
