#include "models/imagine/efficient_unet.h"

#include <cmath>

#include <torch/utils.h>

#include "core/range.h"
#include "nn/attention.h"
#include "nn/recompute.h"

namespace imagine::models {
namespace {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::LayerNorm;
using torch::nn::LayerNormOptions;
using torch::nn::Linear;

constexpr int64_t kSeen = 6, kSaid = 6;  // difference and enlargement; correction and trust

int64_t condition_width(const EfficientUnetConfig& c) { return 4 * c.width; }

int64_t channels_of(const EfficientUnetConfig& c, std::size_t level) {
  return c.width * c.multipliers[level];
}

/// Of the level above, or at the picture's own size.
int64_t channels_above(const EfficientUnetConfig& c, std::size_t level) {
  return level == 0 ? c.width : channels_of(c, level - 1);
}

Conv2d shrinking(int64_t in, int64_t out) {
  return Conv2d(Conv2dOptions(in, out, 3).stride(2).padding(1));
}

/// A sum of two with the variance of one.
Tensor joined(const Tensor& x, const Tensor& skip) { return (x + skip) * std::sqrt(0.5); }

Tensor grown(const Tensor& x) { return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}); }

/// What is missing to a multiple of `unit`.
int64_t missing(int64_t size, int64_t unit) { return (unit - size % unit) % unit; }

}  // namespace

void EfficientUnetConfig::validate() const {
  models::validate(path_of(*this));
  check_range("model.width", width, 1, 65536);
  check_range("model.text_width", text_width, 1, 65536);
  const auto levels = int64_t(multipliers.size());
  check_range("model.multipliers: levels", levels, 1, 8);
  check<ConfigError>(blocks.size() == multipliers.size(), "model.blocks: expected ", levels,
                     " levels as multipliers has, got ", blocks.size());
  for (const auto multiplier : multipliers) check_range("model.multipliers", multiplier, 1, 1024);
  for (const auto count : blocks) check_range("model.blocks", count, 1, 1024);
  check_range("model.reading_levels", reading_levels, 0, levels);
  check_range("model.attention_levels", attention_levels, 0, reading_levels);
  check_range("model.heads", heads, 1, 65536);
  for (auto level = levels - reading_levels; level < levels; ++level) {
    const auto channels = channels_of(*this, std::size_t(level));
    check<ConfigError>(channels % heads == 0, "model.heads: ", channels,
                       " channels do not split into ", heads, " heads");
  }
}

UnetReaderImpl::UnetReaderImpl(int64_t width, int64_t heads, int64_t text_width, bool attends)
    : heads_(heads),
      norm_(register_module("norm", nn::group_norm(width))),
      text_norm_(register_module("text_norm", LayerNorm(LayerNormOptions({text_width})))),
      query_(register_module("q", Linear(width, width))),
      text_key_value_(register_module("text_kv", Linear(text_width, 2 * width))),
      out_(register_module("out", Linear(width, width))) {
  if (attends) key_value_ = register_module("kv", Linear(width, 2 * width));
  torch::NoGradGuard no_grad;
  out_->weight.zero_();
  out_->bias.zero_();
}

Tensor UnetReaderImpl::forward(const Tensor& x, const Tensor& words, const Tensor& mask) {
  const auto pixels = norm_(x).flatten(2).transpose(1, 2);             // [B, N, C]
  auto read = text_key_value_(text_norm_(words.to(x.scalar_type())));  // [B, T, 2 C]
  auto bias = nn::attention_bias(mask, x.scalar_type());               // [B, 1, 1, T]
  if (key_value_) {
    read = torch::cat({key_value_(pixels), read}, 1);  // [B, N + T, 2 C]
    bias = torch::constant_pad_nd(bias, {pixels.size(1), 0});
  }
  const auto both = read.chunk(2, 2);
  const auto seen = out_(nn::attend(query_(pixels), both[0], both[1], bias, heads_));
  return x + seen.transpose(1, 2).unflatten(2, {x.size(2), x.size(3)});
}

UnetLevelImpl::UnetLevelImpl(const EfficientUnetConfig& c, std::size_t level,
                             int64_t condition_width)
    : blocks_(register_module("blocks", nn::List<nn::ResidualBlock>())) {
  const auto width = channels_of(c, level), below = int64_t(c.blocks.size() - 1 - level);
  for (int64_t i = 0; i < c.blocks[level]; ++i) blocks_->emplace(width, condition_width);
  if (below < c.reading_levels) {
    reader_ = register_module("reader",
                              UnetReader(width, c.heads, c.text_width, below < c.attention_levels));
  }
}

Tensor UnetLevelImpl::forward(const Tensor& x, const Tensor& condition, const TextEmbedding& text,
                              bool recompute) {
  auto y = x;
  for (auto& block : *blocks_) {
    const auto compute = [block = block.ptr()](const std::vector<Tensor>& in) {
      return block->forward(in[0], in[1]);
    };
    y = nn::computed(compute, {y, condition}, recompute);
  }
  if (!reader_) return y;
  const auto read = [reader = reader_.ptr(), text](const std::vector<Tensor>& in) {
    return reader->forward(in[0], text.states, text.mask);
  };
  return nn::computed(read, {y}, recompute);
}

EfficientUnetImpl::EfficientUnetImpl(const EfficientUnetConfig& c)
    : Upscaler(path_of((c.validate(), c)), c.text_width, condition_width(c)),
      config(c),
      enter_(register_module("enter", nn::conv(kSeen, c.width, 3))),
      leave_(register_module("leave", nn::conv(c.width, kSaid, 3))),
      norm_(register_module("norm", nn::group_norm(c.width))),
      shrink_(register_module("shrink", nn::List<Conv2d>())),
      grow_(register_module("grow", nn::List<Conv2d>())),
      down_(register_module("down", nn::List<UnetLevel>())),
      up_(register_module("up", nn::List<UnetLevel>())) {
  torch::NoGradGuard no_grad;
  leave_->weight.zero_();  // a new network makes the best linear guess
  leave_->bias.zero_();
  for (std::size_t level = 0; level < c.blocks.size(); ++level) {
    shrink_->emplace(shrinking(channels_above(c, level), channels_of(c, level)));
    grow_->emplace(nn::conv(channels_of(c, level), channels_above(c, level), 3));
    down_->emplace(c, level, condition_width(c));
    up_->emplace(c, level, condition_width(c));
  }
}

Tensor EfficientUnetImpl::look(const View& view) {
  const auto unit = int64_t(1) << config.blocks.size();
  const auto pixels = torch::cat({view.difference, view.enlarged}, 1);  // [B, 6, fH, fW]
  const auto height = pixels.size(2), width = pixels.size(3);
  const auto padded =
      at::replication_pad2d(pixels, {0, missing(width, unit), 0, missing(height, unit)});
  return through_levels(padded.contiguous(torch::MemoryFormat::ChannelsLast), view)
      .narrow(2, 0, height)
      .narrow(3, 0, width);
}

Tensor EfficientUnetImpl::through_levels(const Tensor& pixels, const View& view) {
  auto x = enter_(pixels);  // [B, C, fH, fW]
  std::vector<Tensor> skips = {x};
  for (std::size_t level = 0; level < config.blocks.size(); ++level) {
    x = down_->at(level)(shrink_->at(level)(x), view.condition, view.text, recompute_);
    skips.push_back(x);
  }
  for (auto level = config.blocks.size(); level-- > 0;) {
    x = up_->at(level)(x, view.condition, view.text, recompute_);
    const auto grow = [conv = grow_->at(level).ptr()](const std::vector<Tensor>& in) {
      return conv->forward(grown(in[0]));
    };
    x = joined(nn::computed(grow, {x}, recompute_), skips[level]);
  }
  return leave_(nn::normalised_silu(x, norm_));
}

}  // namespace imagine::models
