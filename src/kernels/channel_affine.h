/// Norms over groups of channels, channels last: first the sums that moments are made of, then one
/// affine map for each channel and the activation in one pass. Forward and backward.
#pragma once

#include <cstddef>

#include "kernels/activation.h"
#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// Adds up each channel and its squares: x [pixels, channels].
template <class Number>
struct ChannelSums {
  const Number* x;  // [pixels, channels]
  double* sums;     // [channels], added to
  double* squares;  // [channels], added to
  std::size_t pixels, channels;
};

/// out = activation(x * scale + shift)
template <class Number>
struct ChannelAffine {
  const Number* x;     // [pixels, channels]
  const float* scale;  // [channels]
  const float* shift;  // [channels]
  Number* out;         // [pixels, channels]
  std::size_t pixels, channels;
  Activation activation;
};

/// Through the activation: the gradient of z = x * scale + shift, its sums, and those of its
/// products with x.
template <class Number>
struct ChannelAffineBackward {
  const Number* x;             // [pixels, channels]
  const float* scale;          // [channels]
  const float* shift;          // [channels]
  const Number* out_gradient;  // [pixels, channels]
  Number* z_gradient;          // [pixels, channels]
  double* sums;                // [channels], added to
  double* products;            // [channels], added to
  std::size_t pixels, channels;
  Activation activation;
};

/// gradient = gradient * scale + x * lean + pull: what the moments' own dependence on x leaves.
template <class Number>
struct ChannelMomentsBackward {
  const Number* x;     // [pixels, channels]
  const float* scale;  // [channels]
  const float* lean;   // [channels]
  const float* pull;   // [channels]
  Number* gradient;    // [pixels, channels]
  std::size_t pixels, channels;
};

void sum_channels(const ChannelSums<float>& task);
void sum_channels(const ChannelSums<Bfloat16>& task);
void map_channels(const ChannelAffine<float>& task);
void map_channels(const ChannelAffine<Bfloat16>& task);
void backpropagate(const ChannelAffineBackward<float>& task);
void backpropagate(const ChannelAffineBackward<Bfloat16>& task);
void backpropagate(const ChannelMomentsBackward<float>& task);
void backpropagate(const ChannelMomentsBackward<Bfloat16>& task);

}  // namespace imagine::kernels
