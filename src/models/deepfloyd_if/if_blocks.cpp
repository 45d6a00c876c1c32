#include "models/deepfloyd_if/if_blocks.h"

#include <torch/utils.h>

#include "nn/attention.h"

namespace imagine::models {
namespace {

constexpr double kEpsilon = 1e-5;  // of the norms that the config does not reach

Tensor resampled(const Tensor& x, Resample resample) {
  if (resample == Resample::down) return torch::avg_pool2d(x, 2);
  if (resample == Resample::up) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
  }
  return x;
}

}  // namespace

Tensor activated(const Tensor& x, nn::Activation activation) {
  return activation == nn::Activation::gelu ? torch::gelu(x) : torch::silu(x);
}

IfResnetImpl::IfResnetImpl(const IfUnetConfig& config, Widths widths, double out_scale,
                           Resample resample)
    : activation_(config.activation),
      scale_shift_(config.scale_shift),
      out_scale_(out_scale),
      resample_(resample),
      norm1_(
          register_module("norm1", nn::FrozenGroupNorm(config.groups, widths.in, config.epsilon))),
      norm2_(
          register_module("norm2", nn::FrozenGroupNorm(config.groups, widths.out, config.epsilon))),
      conv1_(register_module("conv1", nn::FrozenConv2d(widths.in, widths.out, 3))),
      conv2_(register_module("conv2", nn::FrozenConv2d(widths.out, widths.out, 3))),
      time_(register_module(
          "time_emb_proj",
          nn::FrozenLinear(config.time_width, (scale_shift_ ? 2 : 1) * widths.out))) {
  if (widths.in != widths.out) {
    shortcut_ = register_module("conv_shortcut", nn::FrozenConv2d(widths.in, widths.out, 1));
  }
}

Tensor IfResnetImpl::forward(const Tensor& x, const Tensor& time) {
  auto h = conv1_(resampled(norm1_->activated(x, activation_), resample_));
  const auto told = time_(time);  // [B, out or 2 out]
  if (scale_shift_) {
    const auto both = told.chunk(2, 1);
    h = norm2_->activated(h, activation_, 1 + both[0], both[1]);
  } else {
    h = norm2_->activated(h + told.unsqueeze(-1).unsqueeze(-1), activation_);
  }
  const auto given = resampled(x, resample_);
  const auto sum = conv2_->forward_plus(h, shortcut_ ? shortcut_(given) : given);
  return out_scale_ == 1 ? sum : sum / out_scale_;
}

IfAttentionImpl::IfAttentionImpl(const IfUnetConfig& config, Widths widths, bool only_text)
    : heads_(widths.channels / widths.head),
      norm_(register_module("group_norm",
                            nn::FrozenGroupNorm(config.groups, widths.channels, kEpsilon))),
      query_(register_module("to_q", nn::FrozenLinear(widths.channels, widths.channels))),
      text_key_(register_module("add_k_proj", nn::FrozenLinear(widths.text, widths.channels))),
      text_value_(register_module("add_v_proj", nn::FrozenLinear(widths.text, widths.channels))),
      out_(register_module("to_out", nn::List<nn::FrozenLinear>())) {
  out_->emplace(widths.channels, widths.channels);
  if (!only_text) {
    key_ = register_module("to_k", nn::FrozenLinear(widths.channels, widths.channels));
    value_ = register_module("to_v", nn::FrozenLinear(widths.channels, widths.channels));
  }
  if (config.text_norm == "group_norm") {
    group_norm_text_ =
        register_module("norm_cross", nn::FrozenGroupNorm(kIfTextGroups, widths.text, kEpsilon));
  } else if (config.text_norm == "layer_norm") {
    layer_norm_text_ = register_module("norm_cross", nn::FrozenLayerNorm(widths.text, kEpsilon));
  }
}

IfTextKeys IfAttentionImpl::read(const Tensor& context) {
  auto text = context;
  if (group_norm_text_) text = group_norm_text_(context.transpose(1, 2)).transpose(1, 2);
  if (layer_norm_text_) text = layer_norm_text_(context);
  return {.key = text_key_(text), .value = text_value_(text)};
}

Tensor IfAttentionImpl::forward(const Tensor& x, const IfTextKeys& text, const Tensor& bias) {
  const auto pixels =
      norm_->activated(x, nn::Activation::none).flatten(2).transpose(1, 2);  // [B, HW, C]
  auto [key, value] = text;
  auto added = bias;
  if (key_ && added.defined()) added = torch::constant_pad_nd(added, {0, pixels.size(1)});
  if (key_) {
    key = torch::cat({key, key_(pixels)}, 1);  // [B, T + HW, C]
    value = torch::cat({value, value_(pixels)}, 1);
  }
  const auto mixed = nn::attend(query_(pixels), key, value, added, heads_);
  const auto out = out_->at(0)(mixed).transpose(1, 2).unflatten(2, {x.size(2), x.size(3)});
  return x + out;
}

void IfBlockImpl::add_attention(const IfUnetConfig& config, const IfAttentionImpl::Widths& widths,
                                bool only_text) {
  if (!attentions) attentions = register_module("attentions", nn::List<IfAttention>());
  attentions->emplace(config, widths, only_text);
}

void IfBlockImpl::add_resampler(const IfUnetConfig& config, int64_t channels, Resample resample) {
  const auto* name = resample == Resample::down ? "downsamplers" : "upsamplers";
  resamplers = register_module(name, nn::List<IfResnet>());
  resamplers->emplace(config, IfResnetImpl::Widths{.in = channels, .out = channels},
                      config.out_scale, resample);
}

IfTextPoolImpl::PoolImpl::PoolImpl(int64_t width)
    : positional_embedding(register_parameter("positional_embedding",
                                              torch::zeros({}).expand({1, width}),
                                              /*requires_grad=*/false)),
      query(register_module("q_proj", nn::FrozenLinear(width, width))),
      key(register_module("k_proj", nn::FrozenLinear(width, width))),
      value(register_module("v_proj", nn::FrozenLinear(width, width))) {}

IfTextPoolImpl::IfTextPoolImpl(const IfUnetConfig& config)
    : heads_(config.pool_heads),
      norm1_(register_module("norm1", nn::FrozenLayerNorm(config.encoder_width, kEpsilon))),
      norm2_(register_module("norm2", nn::FrozenLayerNorm(config.time_width, kEpsilon))),
      pool_(register_module("pool", Pool(config.encoder_width))),
      project_(register_module("proj", nn::FrozenLinear(config.encoder_width, config.time_width))) {
}

Tensor IfTextPoolImpl::forward(const Tensor& states) {
  const auto tokens = norm1_(states);  // [B, T, D]
  const auto whole = tokens.mean(1, /*keepdim=*/true) +
                     pool_->positional_embedding.to(tokens.scalar_type());  // [B, 1, D]
  const auto all = torch::cat({whole, tokens}, 1);
  const auto pooled =
      nn::attend(pool_->query(whole), pool_->key(all), pool_->value(all), {}, heads_);
  return norm2_(project_(pooled.squeeze(1)));
}

IfTimeEmbeddingImpl::IfTimeEmbeddingImpl(const IfUnetConfig& config)
    : activation(config.activation),
      linear_1(register_module(
          "linear_1", nn::FrozenLinear(config.levels.front().channels, config.time_width))),
      linear_2(
          register_module("linear_2", nn::FrozenLinear(config.time_width, config.time_width))) {}

Tensor IfTimeEmbeddingImpl::forward(const Tensor& sinusoids) {
  return linear_2(activated(linear_1(sinusoids), activation));
}

}  // namespace imagine::models
