#include "models/imagine/control_adapter.h"

#include <numbers>

#include <torch/utils.h>

#include "core/range.h"
#include "nn/residual_block.h"

namespace imagine::models {
namespace {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::Linear;

constexpr int64_t kWaves = 4;  // of each coordinate inside a box: pi, 2 pi, 4 pi, 8 pi
constexpr int64_t kPlaceNumbers = 4 * kWaves + 4;
constexpr int64_t kPlaneWidth = 64;
constexpr int64_t kColourWidth = 128;
constexpr int64_t kNear = 5;  // side of the squares that mix_ looks at

template <class Layer>
Layer zeroed(Layer layer) {
  const torch::NoGradGuard no_grad;
  layer->weight.zero_(), layer->bias.zero_();
  return layer;
}

/// Middles of `count` equal parts of 0 .. 1.
Tensor middles(int64_t count, const torch::TensorOptions& options) {
  return (torch::arange(count, options) + 0.5) / double(count);
}

/// Where the squares of a grid lie inside each box, as waves, and how large the box is:
/// [B, R, 4] -> [B, R, rows, columns, kPlaceNumbers]
Tensor places_of(const Tensor& boxes, Extent grid) {
  const auto side = [&](int64_t first, int64_t count) {
    const auto begin = boxes.select(2, first).unsqueeze(2);  // [B, R, 1]
    const auto length = (boxes.select(2, first + 2).unsqueeze(2) - begin).clamp_min(1e-3);
    const auto inside = (middles(count, boxes.options()) - begin) / length;
    return std::pair(inside.clamp(-1, 2), length);
  };
  const auto [across, width] = side(0, grid.width);
  const auto [down, height] = side(1, grid.height);
  const auto sizes = std::vector<int64_t>{boxes.size(0), boxes.size(1), grid.height, grid.width};
  std::vector<Tensor> numbers;
  const auto add = [&](const Tensor& number) { numbers.push_back(number.expand(sizes)); };
  const auto add_waves = [&](const Tensor& inside) {
    for (int64_t i = 0; i < kWaves; ++i) {
      const auto angle = inside * (std::numbers::pi * double(1 << i));
      add(angle.sin()), add(angle.cos());
    }
  };
  const auto x = across.unsqueeze(2), y = down.unsqueeze(3);
  add_waves(x), add_waves(y);
  add(x), add(y), add(width.unsqueeze(3)), add(height.unsqueeze(3));
  return torch::stack(numbers, -1);
}

}  // namespace

void ControlConfig::validate() const {
  check_range("control.width", width, 8, 4096);
  check_range("control.depth", depth, 0, 64);
  check_range("control.strength", strength, 0, 4);
  check<ConfigError>(width % 8 == 0, "control.width: expected a multiple of 8, got ", width);
}

ControlAdapterImpl::MixImpl::MixImpl(int64_t width)
    : near(register_module(
          "near", Conv2d(Conv2dOptions(width, width, kNear).padding(kNear / 2).groups(width)))),
      up(register_module("up", nn::conv(width, 2 * width, 1))),
      down(register_module("down", zeroed(nn::conv(2 * width, width, 1)))),
      norm(register_module("norm", nn::group_norm(width))) {}

Tensor ControlAdapterImpl::MixImpl::forward(const Tensor& x) {
  return x + down(torch::silu(up(norm(near(x)))));
}

ControlAdapterImpl::ControlAdapterImpl(const ControlConfig& c, const HybridConfig& b)
    : config((c.validate(), c)),
      base(b),
      phrase_(register_module("phrase", Linear(b.text_width, c.width))),
      place_(register_module("place", Linear(kPlaceNumbers, c.width))),
      thing_(register_module("thing", Linear(c.width, c.width))),
      colour_in_(register_module("colour_in", Linear(kColourNumbers, kColourWidth))),
      colour_mix_(register_module("colour_mix", Linear(kColourWidth, kColourWidth))),
      colours_out_(register_module("colours_out", zeroed(Linear(kColourWidth, b.width)))),
      colours_here_(register_module("colours_here", Linear(kColourWidth, c.width))),
      planes_in_(register_module("planes_in", nn::conv(4 * 2 * kPlanes, kPlaneWidth, 3))),
      planes_mix_(register_module("planes_mix", nn::conv(kPlaneWidth, kPlaneWidth, 3))),
      planes_to_tokens_(register_module("planes_to_tokens",
                                        Conv2d(Conv2dOptions(kPlaneWidth, c.width, 2).stride(2)))),
      planes_out_(register_module("planes_out", zeroed(nn::conv(kPlaneWidth, b.stem, 1)))),
      no_thing_(register_parameter("no_thing", torch::zeros({c.width}))),
      mixes_(register_module("mixes", nn::List<Mix>())),
      to_blocks_(register_module("to_blocks", nn::List<Linear>())) {
  for (int64_t i = 0; i < c.depth; ++i) mixes_->emplace(c.width);
  for (int64_t i = 0; i < b.depth; ++i) zeroed(to_blocks_->emplace(c.width, b.width));
}

/// Each thing's words where it is to be: [B, C, H/4, W/4]
Tensor ControlAdapterImpl::painted(const ControlInput& input) {
  const auto dtype = no_thing_.scalar_type();
  const auto& coverage = input.coverage;  // [B, R, h, w]
  const Extent grid{.width = coverage.size(3), .height = coverage.size(2)};
  const auto words = phrase_(input.phrases.to(dtype)).unsqueeze(2).unsqueeze(2);  // [B, R, 1, 1, C]
  const auto seen = torch::silu(words + place_(places_of(input.boxes, grid).to(dtype)));
  const auto share = coverage.to(dtype).unsqueeze(4);
  const auto things = (thing_(seen) * share).sum(1);  // [B, h, w, C]
  const auto told = coverage.flatten(1).sum(1).gt(0).to(dtype).view({-1, 1, 1, 1});
  const auto none = told * (1 - share.sum(1).clamp_max(1)) * no_thing_;
  return (things + none).permute({0, 3, 1, 2});
}

/// [B, K, 5] -> [B, kColourWidth], in any order.
Tensor ControlAdapterImpl::mixed_colours(const Tensor& palette) {
  const auto told = palette.select(2, kColourNumbers - 1).unsqueeze(2);  // [B, K, 1]
  const auto each = torch::silu(colour_in_(palette));
  return torch::silu(colour_mix_((each * told).sum(1)));
}

HybridText ControlAdapterImpl::told(const HybridText& text, const ControlInput& input) {
  const auto dtype = no_thing_.scalar_type();
  const auto flags = input.told.to(dtype).unsqueeze(2).unsqueeze(2).expand_as(input.planes);
  const auto planes = torch::cat({input.planes.to(dtype) * flags, flags}, 1);
  const auto seen = torch::silu(
      planes_mix_(torch::silu(planes_in_(torch::pixel_unshuffle(planes, 2)))));  // [B, ., H/2, W/2]
  const auto colours = mixed_colours(input.palette.to(dtype));
  auto x = painted(input) + planes_to_tokens_(seen) +
           colours_here_(colours).unsqueeze(2).unsqueeze(3);  // [B, C, H/4, W/4]
  for (auto& mix : *mixes_) x = mix(x);
  x = torch::silu(x).flatten(2).transpose(1, 2);  // [B, N, C]
  auto read = text;
  const auto strength = input.strength * config.strength;
  read.pooled = text.pooled + colours_out_(colours) * strength;
  read.added.stem = planes_out_(seen) * strength;
  for (auto& layer : *to_blocks_) read.added.tokens.push_back(layer(x) * strength);
  return read;
}

}  // namespace imagine::models
