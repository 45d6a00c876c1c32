#include "models/deepfloyd_if/if_unet.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "nn/attention.h"
#include "tensor/text_batch.h"

namespace imagine::models {

IfUnetImpl::IfUnetImpl(const IfUnetConfig& config)
    : config(config),
      conv_in_(register_module(
          "conv_in",
          nn::FrozenConv2d(config.in_channels, config.levels.front().channels, config.kernel_in))),
      conv_out_(
          register_module("conv_out", nn::FrozenConv2d(config.levels.front().channels,
                                                       config.out_channels, config.kernel_out))),
      time_(register_module("time_embedding", IfTimeEmbedding(config))),
      project_text_(register_module(
          "encoder_hid_proj",
          nn::FrozenLinear(config.encoder_width, config.levels.front().text_width))),
      pool_(register_module("add_embedding", IfTextPool(config))),
      down_(register_module("down_blocks", nn::List<IfBlock>())),
      up_(register_module("up_blocks", nn::List<IfBlock>())),
      middle_(register_module("mid_block", middle_block())),
      norm_out_(register_module(
          "conv_norm_out",
          nn::FrozenGroupNorm(config.groups, config.levels.front().channels, config.epsilon))) {
  if (config.told_noise_level) {
    noise_level_ = register_module("class_embedding", IfTimeEmbedding(config));
  }
  std::vector<int64_t> skips = {config.levels.front().channels};
  for (std::size_t i = 0; i < config.levels.size(); ++i) down_->emplace(down_block(i, skips));
  for (std::size_t i = config.levels.size(); i-- > 0;) up_->emplace(up_block(i, skips));
}

IfBlock IfUnetImpl::down_block(std::size_t index, std::vector<int64_t>& skips) const {
  const auto& level = config.levels[index];
  IfBlock block;
  for (int64_t i = 0; i < level.layers; ++i) {
    block->resnets->emplace(config, IfResnetImpl::Widths{.in = skips.back(), .out = level.channels},
                            config.out_scale);
    if (level.attends_down) {
      block->add_attention(config, {level.channels, level.text_width, level.head_width},
                           level.only_text);
    }
    skips.push_back(level.channels);
  }
  if (index + 1 < config.levels.size()) {
    block->add_resampler(config, level.channels, Resample::down);
    skips.push_back(level.channels);
  }
  return block;
}

IfBlock IfUnetImpl::middle_block() const {
  const auto& level = config.levels.back();
  const IfResnetImpl::Widths widths{.in = level.channels, .out = level.channels};
  IfBlock block;
  block->resnets->emplace(config, widths, config.mid_scale);
  block->resnets->emplace(config, widths, config.mid_scale);
  block->add_attention(config, {level.channels, level.text_width, level.head_width},
                       config.mid_only_text);
  return block;
}

IfBlock IfUnetImpl::up_block(std::size_t index, std::vector<int64_t>& skips) const {
  const auto& level = config.levels[index];
  const bool first = index + 1 == config.levels.size();
  IfBlock block;
  auto width = first ? level.channels : config.levels[index + 1].channels;
  for (int64_t i = 0; i <= level.layers; ++i) {
    block->resnets->emplace(config,
                            IfResnetImpl::Widths{.in = width + skips.back(), .out = level.channels},
                            config.out_scale);
    skips.pop_back();
    width = level.channels;
    if (level.attends_up) {
      block->add_attention(config, {level.channels, level.text_width, level.up_head_width},
                           level.only_text);
    }
  }
  if (index > 0) block->add_resampler(config, level.channels, Resample::up);
  return block;
}

namespace {

/// Of attention `index`; a text without biases has none for its words.
Tensor biases_of(const std::vector<const IfText*>& texts, std::size_t index) {
  std::vector<Tensor> biases;
  for (const auto* text : texts) {
    const auto& key = text->keys[index].key;
    biases.push_back(text->biases.empty()
                         ? torch::zeros({key.size(0), 1, 1, key.size(1)}, key.options())
                         : text->biases[index]);
  }
  return nn::stacked_biases(biases);
}

}  // namespace

IfText joined(const std::vector<const IfText*>& texts) {
  const auto of = [&](const auto& member) {
    std::vector<Tensor> tensors;
    for (const auto* text : texts) tensors.push_back(member(*text));
    return tensor::joined_rows(tensors, 1);
  };
  IfText all{.pooled = of([](const auto& text) { return text.pooled; }), .keys = {}};
  for (std::size_t i = 0; i < texts.front()->keys.size(); ++i) {
    all.keys.push_back({.key = of([&](const auto& text) { return text.keys[i].key; }),
                        .value = of([&](const auto& text) { return text.keys[i].value; })});
  }
  const auto has = [](const IfText* text) { return !text->biases.empty(); };
  for (std::size_t i = 0; std::ranges::any_of(texts, has) && i < all.keys.size(); ++i) {
    all.biases.push_back(biases_of(texts, i));
  }
  return all;
}

IfText with_biases(const std::vector<IfText>& texts,
                   const std::vector<std::vector<Tensor>>& biases) {
  auto all = texts.front();
  for (std::size_t i = 0; i < all.keys.size(); ++i) {
    std::vector<Tensor> keys, values;
    for (const auto& text : texts) {
      keys.push_back(text.keys[i].key), values.push_back(text.keys[i].value);
    }
    all.keys[i] = {.key = torch::cat(keys, 1), .value = torch::cat(values, 1)};
    all.biases.push_back(nn::joined_biases(biases[i]));
  }
  return all;
}

std::vector<int64_t> IfUnetImpl::attention_scales() const {
  std::vector<int64_t> scales;
  const auto levels = std::ssize(config.levels);
  const auto add = [&](int64_t level, int64_t count) {
    scales.insert(scales.end(), std::size_t(count), int64_t{1} << level);
  };
  for (int64_t i = 0; i < levels; ++i) {
    const auto& level = config.levels[std::size_t(i)];
    if (level.attends_down) add(i, level.layers);
  }
  add(levels - 1, 1);
  for (int64_t i = levels - 1; i >= 0; --i) {
    const auto& level = config.levels[std::size_t(i)];
    if (level.attends_up) add(i, level.layers + 1);
  }
  return scales;
}

IfText IfUnetImpl::read(const Tensor& states) {
  IfText text{.pooled = pool_(states), .keys = {}};
  const auto context = project_text_(states);
  const auto read_all = [&](IfBlock& block) {
    if (!block->attentions) return;
    for (auto& attention : *block->attentions) text.keys.push_back(attention->read(context));
  };
  for (auto& block : *down_) read_all(block);
  read_all(middle_);
  for (auto& block : *up_) read_all(block);
  return text;
}

/// values [B] -> [B, block_out_channels[0]], in fp32 (Vaswani et al. 2017, sec. 3.5).
Tensor IfUnetImpl::sinusoids(const Tensor& values) const {
  const auto half = config.levels.front().channels / 2;
  const auto steps = torch::arange(half, values.options().dtype(torch::kFloat));
  const auto rates = (steps * (-std::log(10000.0) / double(half - config.frequency_shift))).exp();
  const auto angles = values.to(torch::kFloat).unsqueeze(1) * rates;  // [B, half]
  return config.cosine_first ? torch::cat({angles.cos(), angles.sin()}, 1)
                             : torch::cat({angles.sin(), angles.cos()}, 1);
}

/// -> [B, E], as the residual blocks take it.
Tensor IfUnetImpl::embed(const IfConditioning& conditioning, const IfText& text,
                         torch::Dtype dtype) {
  auto embedding = time_(sinusoids(conditioning.time).to(dtype));
  if (noise_level_)
    embedding = embedding + noise_level_(sinusoids(conditioning.noise_level).to(dtype));
  embedding = embedding + text.pooled;
  if (config.time_activation) embedding = activated(embedding, *config.time_activation);
  return config.skip_time_activation ? embedding : activated(embedding, config.activation);
}

Tensor IfUnetImpl::forward(const Tensor& noisy, const IfConditioning& conditioning,
                           const IfText& text) {
  const auto time = embed(conditioning, text, noisy.scalar_type());
  auto keys = text.keys.begin();
  auto bias = text.biases.begin();
  const auto pixels = config.centered ? 2 * noisy - 1 : noisy;
  auto x = conv_in_(pixels.contiguous(torch::MemoryFormat::ChannelsLast));  // [B, b0, H, W]
  std::vector<Tensor> skips = {x};
  const auto layer = [&](IfBlock& block, std::size_t index) {
    x = block->resnets->at(index)(x, time);
    if (!block->attentions) return;
    const auto added = text.biases.empty() ? Tensor() : *bias++;
    x = block->attentions->at(index)(x, *keys++, added);
  };
  for (auto& block : *down_) {
    for (std::size_t i = 0; i < block->resnets->size(); ++i) {
      layer(block, i);
      skips.push_back(x);
    }
    if (block->resamplers) skips.push_back(x = block->resamplers->at(0)(x, time));
  }
  layer(middle_, 0);
  x = middle_->resnets->at(1)(x, time);
  for (auto& block : *up_) {
    for (std::size_t i = 0; i < block->resnets->size(); ++i) {
      x = torch::cat({x, skips.back()}, 1);
      skips.pop_back();
      layer(block, i);
    }
    if (block->resamplers) x = block->resamplers->at(0)(x, time);
  }
  return conv_out_(norm_out_->activated(x, config.activation));
}

}  // namespace imagine::models
