#include "models/minit2i/rotation.h"

#include <torch/utils.h>

namespace imagine::models {
namespace {

constexpr double kPeriod = 10000;

/// places [N] and `count` rates kPeriod^(-k / count), k < count -> angles [N, count], double.
Tensor angles_of(const Tensor& places, int64_t count) {
  const auto step = torch::arange(count, torch::kDouble) / double(count);
  return torch::outer(places.to(torch::kDouble), torch::pow(kPeriod, -step));
}

Rotation rotation_of(const Tensor& angles) {
  return {.cosine = angles.cos().to(torch::kFloat), .sine = angles.sin().to(torch::kFloat)};
}

}  // namespace

Rotation text_rotation(int64_t first, int64_t count, int64_t head_dim) {
  return rotation_of(angles_of(torch::arange(first, first + count), head_dim / 2));
}

Rotation picture_rotation(int64_t side, int64_t head_dim) {
  const auto angles = angles_of(torch::arange(side), head_dim / 4);  // [side, head_dim / 4]
  const auto rows = angles.repeat_interleave(side, 0), columns = angles.repeat({side, 1});
  return rotation_of(torch::cat({rows, columns}, 1));
}

Rotation no_rotation(int64_t count, int64_t head_dim) {
  return rotation_of(torch::zeros({count, head_dim / 2}, torch::kDouble));
}

Rotation joined(const Rotation& first, const Rotation& second) {
  return {.cosine = torch::cat({first.cosine, second.cosine}),
          .sine = torch::cat({first.sine, second.sine})};
}

Tensor rotated(const Tensor& x, const Rotation& rotation) {
  const auto halves = x.chunk(2, -1);  // 2 x [B, N, heads, head_dim / 2]
  const auto cosine = rotation.cosine.unsqueeze(1), sine = rotation.sine.unsqueeze(1);
  return torch::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine},
                    -1);
}

}  // namespace imagine::models
