#include "models/imagine/hybrid.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "core/range.h"
#include "nn/attention.h"
#include "nn/embedding.h"
#include "nn/modulation.h"
#include "nn/recompute.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

constexpr int64_t kTimeWidth = 128;
constexpr int64_t kTextHeads = 4;
constexpr int64_t kCutWidth = 32;  // of each of the four sides

using torch::nn::Linear;

Tensor zeroed(Tensor parameter) {
  torch::NoGradGuard no_grad;
  return parameter.zero_();
}

/// What each place of a grid of that extent takes of each place of the learned one, as a matrix:
/// its backward pass is a product, far faster than that of resizing. [width height, learned²]
Tensor shares_of_grid(int64_t learned, Extent grid, torch::Device device) {
  const auto each = torch::eye(learned * learned, device).view({1, -1, learned, learned});
  const auto fitted =
      grid.width < learned || grid.height < learned
          ? torch::adaptive_avg_pool2d(each, {grid.height, grid.width})
          : at::upsample_bicubic2d(each, {grid.height, grid.width}, /*align_corners=*/false);
  return fitted.flatten(2).squeeze(0).t();
}

/// Moves each row's mean and deviation over places to those of the row whose look it takes on, as
/// far as its weight says, at most wholly: x [B, N, C].
Tensor with_statistics_of_others(const Tensor& x, const HybridStyles& styles) {
  constexpr double kLeast = 1e-5;
  const auto wide =
      x.to(torch::kFloat);  // torch::std_mean over places takes as long as the network
  const auto mean = wide.mean(1, /*keepdim=*/true);
  const auto deviation = (wide - mean).square().mean(1, /*keepdim=*/true).sqrt();
  const auto share = styles.weights.clamp_max(1).view({-1, 1, 1});
  const auto stretch = deviation.index_select(0, styles.rows) / (deviation + kLeast);
  const auto shift = mean.index_select(0, styles.rows) - mean * stretch;
  return torch::addcmul(share * shift, wide, 1 + share * (stretch - 1)).to(x.scalar_type());
}

/// What is added to the scores of places: own ones, then those of the row whose look is taken on.
/// [B, 1, 1, N + N]
Tensor bias_of_places(const HybridStyles& styles, int64_t places, torch::Dtype dtype) {
  const auto found = styles.weights.log().view({-1, 1, 1, 1}).expand({-1, 1, 1, places});
  return torch::cat({torch::zeros_like(found), found}, 3).to(dtype);
}

/// Which words a picture reads: its own, or one learned token where there is no text; so the
/// padding of a batch never changes a picture. [B, T]
Tensor readable_words(const Tensor& mask, const Tensor& unconditional) {
  const auto first = torch::arange(mask.size(1), mask.device()).eq(0).unsqueeze(0);
  return torch::where(unconditional.unsqueeze(1), first, mask);
}

/// Of texts of which some have none, whose rows are zero.
HybridAddition joined_additions(const std::vector<const HybridText*>& texts) {
  const auto has = [](const HybridText* text) { return text->added.stem.defined(); };
  const auto some = std::ranges::find_if(texts, has);
  if (some == texts.end()) return {};
  const auto& like = (*some)->added;
  const auto of = [&](const auto& member) {
    std::vector<Tensor> tensors;
    for (const auto* text : texts) {
      auto row = member(has(text) ? text->added : like);
      if (!has(text)) row = torch::zeros_like(row);
      tensors.push_back(row);
    }
    return tensor::joined_rows(tensors, 1);
  };
  HybridAddition all{.stem = of([](const auto& added) { return added.stem; }), .tokens = {}};
  for (std::size_t i = 0; i < like.tokens.size(); ++i) {
    all.tokens.push_back(of([&](const auto& added) { return added.tokens[i]; }));
  }
  return all;
}

}  // namespace

HybridText joined(const std::vector<const HybridText*>& texts) {
  const auto of = [&](const auto& member) {
    std::vector<Tensor> tensors;
    for (const auto* text : texts) tensors.push_back(member(*text));
    return tensor::joined_rows(tensors, 1);
  };
  std::vector<Tensor> biases;
  for (const auto* text : texts) biases.push_back(text->bias);
  HybridText all{.pooled = of([](const auto& text) { return text.pooled; }),
                 .bias = nn::stacked_biases(biases),
                 .keys = {},
                 .added = joined_additions(texts)};
  for (std::size_t i = 0; i < texts.front()->keys.size(); ++i) {
    all.keys.push_back({.key = of([&](const auto& text) { return text.keys[i].key; }),
                        .value = of([&](const auto& text) { return text.keys[i].value; })});
  }
  return all;
}

HybridText with_regions(const std::vector<HybridText>& texts, const std::vector<Tensor>& biases) {
  auto all = texts.front();
  std::vector<Tensor> seen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    seen.push_back(texts[i].bias + biases[i].to(texts[i].bias.options()));
  }
  all.bias = nn::joined_biases(seen);
  for (std::size_t block = 0; block < all.keys.size(); ++block) {
    std::vector<Tensor> keys, values;
    for (const auto& text : texts) {
      keys.push_back(text.keys[block].key), values.push_back(text.keys[block].value);
    }
    all.keys[block] = {.key = torch::cat(keys, 1), .value = torch::cat(values, 1)};
  }
  return all;
}

void HybridConfig::validate() const {
  fields(*this, [](const char* name, auto value, const char*) {
    if constexpr (!std::is_same_v<decltype(value), bool>) {
      check_range(concat("model.", name), value, 1, 65536);
    }
  });
  check<ConfigError>(size % 8 == 0, "model.size: expected a multiple of 8, got ", size);
  check<ConfigError>(width % heads == 0 && width % kTextHeads == 0, "model.heads: ", width,
                     " channels do not split into ", heads, " heads");
}

HybridBlockImpl::HybridBlockImpl(int64_t width, int64_t heads)
    : heads_(heads),
      query_key_value_(register_module("qkv", Linear(width, 3 * width))),
      text_key_value_(register_module("text_kv", Linear(width, 2 * width))),
      out_(register_module("out", Linear(width, width))),
      up_(register_module("up", Linear(width, 4 * width))),
      down_(register_module("down", Linear(4 * width, width))),
      bias_(register_parameter("bias", torch::zeros(6 * width))) {
  zeroed(out_->weight), zeroed(down_->weight);  // a new block adds only its biases
}

HybridKeys HybridBlockImpl::read(const Tensor& words) {
  const auto both = text_key_value_(words).chunk(2, 2);
  return {.key = both[0], .value = both[1]};
}

Tensor HybridBlockImpl::forward(const Tensor& x, const HybridKeys& text,
                                const HybridContext& context) {
  const auto m = (context.modulation + bias_).chunk(6, 1);  // 6 x [B, C]
  const auto image = query_key_value_(nn::modulated_norm(x, 1 + m[0], m[1])).chunk(3, 2);
  auto query = image[0];
  std::vector<Tensor> keys = {image[1]}, values = {image[2]};
  if (const auto& styles = context.styles; styles.rows.defined()) {
    query = with_statistics_of_others(query, styles);
    keys = {with_statistics_of_others(image[1], styles), image[1].index_select(0, styles.rows)};
    values.push_back(image[2].index_select(0, styles.rows));
  }
  keys.push_back(text.key), values.push_back(text.value);
  const auto read =
      nn::attend(query, torch::cat(keys, 1), torch::cat(values, 1), context.bias, heads_);
  const auto y = nn::gated_sum(x, 1 + m[2], out_(read));  // [B, N, C]
  const auto hidden = torch::gelu(up_(nn::modulated_norm(y, 1 + m[3], m[4])));
  return nn::gated_sum(y, 1 + m[5], down_(hidden));
}

TextLayerImpl::TextLayerImpl(int64_t width, int64_t heads)
    : heads_(heads),
      norm1_(register_module("norm1", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))),
      norm2_(register_module("norm2", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))),
      query_key_value_(register_module("qkv", Linear(width, 3 * width))),
      out_(register_module("out", Linear(width, width))),
      up_(register_module("up", Linear(width, 2 * width))),
      down_(register_module("down", Linear(2 * width, width))) {}

Tensor TextLayerImpl::forward(const Tensor& words, const Tensor& bias) {
  const auto parts = query_key_value_(norm1_(words)).chunk(3, 2);
  const auto y = words + out_(nn::attend(parts[0], parts[1], parts[2], bias, heads_));
  return y + down_(torch::gelu(up_(norm2_(y))));
}

HybridImpl::HybridImpl(const HybridConfig& c)
    : config((c.validate(), c)),
      time1_(register_module("time1", Linear(kTimeWidth, c.width))),
      time2_(register_module("time2", Linear(c.width, c.width))),
      pooled_(register_module("pooled", Linear(c.text_width, c.width))),
      modulation_(register_module("modulation", Linear(c.width, 6 * c.width))),
      text_in_(register_module("text_in", Linear(c.text_width, c.width))),
      to_pixels_(register_module("to_pixels", Linear(c.width, 4 * c.stem))),
      conv_in_(register_module("conv_in", nn::conv(12, c.stem, 3))),
      to_tokens_(register_module(
          "to_tokens", torch::nn::Conv2d(torch::nn::Conv2dOptions(c.stem, c.width, 2).stride(2)))),
      conv_out_(register_module("conv_out", nn::conv(c.stem, 12, 3))),
      residual_in_(register_module("residual_in", nn::ResidualBlock(c.stem, c.width))),
      residual_out1_(register_module("residual_out1", nn::ResidualBlock(c.stem, c.width))),
      residual_out2_(register_module("residual_out2", nn::ResidualBlock(c.stem, c.width))),
      text_(register_module("text", nn::List<TextLayer>())),
      blocks_(register_module("blocks", nn::List<HybridBlock>())),
      norm_(register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({c.width})))),
      norm_out_(register_module("norm_out", nn::group_norm(c.stem))),
      position_(register_parameter("position",
                                   torch::randn({1, c.positions * c.positions, c.width}) * 0.02)),
      no_text_(register_parameter("no_text", torch::randn({1, 1, c.width}) * 0.02)) {
  zeroed(modulation_->weight);
  if (c.crop_told) {
    cut_ = register_module("cut", Linear(4 * kCutWidth, c.width));
    zeroed(cut_->weight), zeroed(cut_->bias);
  }
  for (int64_t i = 0; i < c.text_depth; ++i) text_->emplace(c.width, kTextHeads);
  for (int64_t i = 0; i < c.depth; ++i) blocks_->emplace(c.width, c.heads);
}

Tensor HybridImpl::embed_condition(const Tensor& t, const HybridText& text) {
  const auto time = nn::sinusoids(t.to(torch::kFloat), kTimeWidth);  // [B, 128]
  return torch::silu(time2_(torch::silu(time1_(time.to(position_.scalar_type())))) + text.pooled);
}

Tensor HybridImpl::adapt_words(const TextEmbedding& text, const Tensor& unconditional) {
  auto words = text_in_(text.states.to(position_.scalar_type()));  // [B, T, C]
  const auto bias = nn::attention_bias(text.mask, words.scalar_type());
  for (auto& layer : *text_) words = layer(words, bias);
  return torch::where(unconditional.unsqueeze(1).unsqueeze(2), no_text_, words);
}

/// cut [B, 4] -> [B, C]
Tensor HybridImpl::embed_cut(const Tensor& cut) {
  const auto sides = nn::sinusoids(cut.flatten(), kCutWidth).view({cut.size(0), -1});
  return cut_(sides.to(position_.scalar_type()));
}

HybridText HybridImpl::read(const TextEmbedding& text, const Tensor& unconditional,
                            const Tensor& cut) {
  const auto dtype = position_.scalar_type();
  const auto told = unconditional.logical_not().unsqueeze(1).to(dtype);  // [B, 1]
  auto pooled = pooled_(tensor::text_mean(text).to(dtype)) * told;
  if (config.crop_told) {
    const auto whole = torch::zeros({told.size(0), 4}, told.options().dtype(torch::kFloat));
    pooled = pooled + embed_cut(cut.defined() ? cut : whole);
  }
  HybridText read{.pooled = pooled,
                  .bias = nn::attention_bias(readable_words(text.mask, unconditional), dtype),
                  .keys = {}};
  if (text.emphasis.defined()) {
    const auto weights = text.emphasis.masked_fill(unconditional.unsqueeze(1), 0);
    read.bias = read.bias + weights.to(dtype).unsqueeze(1).unsqueeze(1);
  }
  const auto words = adapt_words(text, unconditional);
  for (auto& block : *blocks_) read.keys.push_back(block->read(words));
  return read;
}

/// The learned grid, enlarged smoothly to a larger picture and averaged to a smaller one, so that
/// what small pictures teach about places holds between them too: [1, width height, C].
Tensor HybridImpl::positions(Extent tokens) const {
  if (tokens == Extent{config.positions, config.positions}) return position_;
  const auto fitted = torch::matmul(shares_of_grid(config.positions, tokens, position_.device()),
                                    position_.to(torch::kFloat));
  return fitted.to(position_.scalar_type());
}

Tensor HybridImpl::through_blocks(const Tensor& x, const HybridText& text,
                                  const HybridContext& context) {
  auto y = x;
  auto keys = text.keys.begin();
  auto added = text.added.tokens.begin();
  for (auto& block : *blocks_) {
    if (text.added.stem.defined()) y = y + *added++;
    const auto compute = [block = block.ptr(), bias = context.bias,
                          styles = context.styles](const std::vector<Tensor>& in) {
      return block->forward(in[0], {.key = in[1], .value = in[2]},
                            {.bias = bias, .modulation = in[3], .styles = styles});
    };
    y = nn::computed(compute, {y, keys->key, keys->value, context.modulation}, recompute_);
    ++keys;
  }
  return y;
}

Tensor HybridImpl::forward(const Tensor& noisy, const Tensor& t, const HybridText& text,
                           const HybridStyles& styles) {
  const Extent tokens{.width = noisy.size(3) / 4, .height = noisy.size(2) / 4};
  const auto dtype = position_.scalar_type();
  const auto condition = embed_condition(t, text);  // [B, C]
  const auto pixels = torch::pixel_unshuffle(noisy, 2).to(noisy.options().dtype(dtype), false,
                                                          false, torch::MemoryFormat::ChannelsLast);
  auto stem = residual_in_(conv_in_(pixels), condition);  // [B, stem, H/2, W/2]
  if (text.added.stem.defined()) stem = stem + text.added.stem;
  auto x = to_tokens_(stem).flatten(2).transpose(1, 2) + positions(tokens);  // [B, N, C]
  auto bias = torch::constant_pad_nd(text.bias, {x.size(1), 0});  // [B, 1, N or 1, N + T]
  if (styles.rows.defined()) {
    bias = nn::joined_biases({bias_of_places(styles, x.size(1), dtype), text.bias});
  }
  x = through_blocks(x, text,
                     {.bias = bias, .modulation = modulation_(condition), .styles = styles});

  auto y = to_pixels_(norm_(x)).transpose(1, 2).unflatten(
      2, {tokens.height, tokens.width});                     // [B, 4 stem, H/4, W/4]
  y = (torch::pixel_shuffle(y, 2) + stem) * std::sqrt(0.5);  // [B, stem, H/2, W/2]
  y = residual_out2_(residual_out1_(y, condition), condition);
  return torch::pixel_shuffle(conv_out_(nn::normalised_silu(y, norm_out_)), 2).to(torch::kFloat);
}

}  // namespace imagine::models
