#include "models/minit2i/mmjit.h"

#include <torch/utils.h>

#include "core/check.h"
#include "nn/recompute.h"

namespace imagine::models {
namespace {

constexpr double kEpsilon = 1e-6;
constexpr double kPeriod = 10000;

/// The fixed table of places [grid * grid, width]: sines and cosines of the column, then of the row
/// (Dosovitskiy et al. 2020, as MAE fixes it).
Tensor places_of(int64_t grid, int64_t width) {
  const auto quarter = width / 4;
  const auto rates = torch::pow(kPeriod, -torch::arange(quarter, torch::kDouble) / double(quarter));
  const auto angles = torch::outer(torch::arange(grid).to(torch::kDouble), rates);  // [grid, D / 4]
  const auto waves = torch::cat({angles.sin(), angles.cos()}, 1);                   // [grid, D / 2]
  return torch::cat({waves.repeat({grid, 1}), waves.repeat_interleave(grid, 0)}, 1)
      .to(torch::kFloat);
}

/// [B, C, H, W] -> [B, N, C * patch * patch], channel first, row after row.
Tensor patches_of(const Tensor& pictures, int64_t patch) {
  return pictures.unflatten(3, {-1, patch})
      .unflatten(2, {-1, patch})    // [B, C, rows, patch, columns, patch]
      .permute({0, 2, 4, 1, 3, 5})  // [B, rows, columns, C, patch, patch]
      .flatten(3)
      .flatten(1, 2);
}

}  // namespace

MmJitImpl::MmJitImpl(const MmJitConfig& of)
    : config(of),
      txt_embedder_(register_module(
          "txt_embedder",
          nn::FrozenLinear(config.txt_input_size, config.hidden_size, /*biased=*/false))),
      mask_token_(nn::unfilled(*this, "mask_token", {1, 1, config.txt_input_size})),
      preamble_blocks_(register_module("txt_preamble_blocks", nn::List<PreambleBlock>())),
      double_blocks_(register_module("double_blocks", nn::List<DoubleBlock>())),
      places_(places_of(config.grid(), config.hidden_size)) {
  const auto width = config.hidden_size, patch = config.patch_size;
  auto& embedder = group_in(*this, "img_embedder");
  proj1_ = embedder.register_module(
      "proj1", nn::FrozenLinear(torch::IntArrayRef{config.pca_channels, 3, patch, patch},
                                /*biased=*/false));
  proj2_ = embedder.register_module(
      "proj2", nn::FrozenLinear(torch::IntArrayRef{width, config.pca_channels, 1, 1}));
  auto& final = group_in(*this, "final_layer");
  norm_final_ = final.register_module("norm_final", nn::FrozenRmsNorm(width, kEpsilon));
  linear_ = final.register_module("linear", nn::FrozenLinear(width, 3 * patch * patch));
  if (config.is_student()) prefix_.emplace(*this, config);
  for (int64_t i = 0; i < config.txt_preamble_depth; ++i) preamble_blocks_->emplace(config);
  for (int64_t i = 0; i < config.depth_double; ++i) double_blocks_->emplace(config);
  const auto head = config.head_dim, before = config.prefix(), length = config.prompt_length;
  preamble_rotation_ = text_rotation(0, before + length, head);
  text_rotation_ = joined(no_rotation(before, head), text_rotation(before, length, head));
  picture_rotation_ = picture_rotation(config.grid(), head);
}

Tensor MmJitImpl::embedded(const Tensor& noisy, torch::Dtype dtype) {
  const auto pressed = proj1_(patches_of(noisy, config.patch_size).to(dtype));
  return proj2_(pressed).to(torch::kFloat) + places_.to(noisy.device());
}

MmJitText MmJitImpl::read(const TextEmbedding& text, const StudentConditioning& told,
                          torch::Dtype dtype) {
  const auto missing = config.prompt_length - text.states.size(1);
  check<InputError>(missing >= 0, "text: expected at most ", config.prompt_length, " tokens, got ",
                    text.states.size(1));
  const auto nothing = mask_token_.to(torch::kFloat);
  const auto states = torch::where(text.mask.unsqueeze(2), text.states, nothing);
  const auto padding = nothing.expand({states.size(0), missing, -1});
  return preamble(torch::cat({states, padding}, 1), told, dtype);
}

MmJitText MmJitImpl::read_nothing(int64_t rows, const StudentConditioning& told,
                                  torch::Dtype dtype) {
  const auto nothing = mask_token_.to(torch::kFloat);
  return preamble(nothing.expand({rows, config.prompt_length, -1}), told, dtype);
}

MmJitText MmJitImpl::preamble(const Tensor& states, const StudentConditioning& told,
                              torch::Dtype dtype) {
  auto rows = txt_embedder_(states.to(dtype)).to(torch::kFloat);  // [B, T, D]
  if (prefix_) rows = torch::cat({prefix_->forward(states, told, dtype), rows}, 1);
  const auto rotation = preamble_rotation_.to(rows.device());
  for (auto& block : *preamble_blocks_) rows = block(rows, rotation, dtype);
  return {.rows = rows};
}

Tensor MmJitImpl::forward(const Tensor& noisy, const MmJitText& text, torch::Dtype dtype) {
  DoubleBlockImpl::Tokens tokens{.text = text.rows, .picture = embedded(noisy, dtype)};
  std::size_t left = double_blocks_->size();
  const auto told = context(text, dtype);
  for (auto& block : *double_blocks_) tokens = after(block, tokens, told, dtype, --left == 0);
  return answered(tokens.picture, dtype);
}

DoubleBlockImpl::Tokens MmJitImpl::after(DoubleBlock& block, const DoubleBlockImpl::Tokens& tokens,
                                         const DoubleBlockImpl::Context& context,
                                         torch::Dtype dtype, bool last) {
  if (!recompute_) return block(tokens, context, dtype, last);
  const auto words = tokens.text.size(1);
  const auto compute = [=, block = block.ptr()](const std::vector<Tensor>& in) {
    const auto end = in[0].size(1) - words;
    const auto out =
        block->forward({.text = in[0].narrow(1, 0, words), .picture = in[0].narrow(1, words, end)},
                       context, dtype, last);
    return last ? out.picture : torch::cat({out.text, out.picture}, 1);
  };
  const auto all = nn::recomputed(compute, {torch::cat({tokens.text, tokens.picture}, 1)});
  if (last) return {.text = {}, .picture = all};
  return {.text = all.narrow(1, 0, words), .picture = all.narrow(1, words, all.size(1) - words)};
}

Tensor MmJitImpl::answered(const Tensor& tokens, torch::Dtype dtype) {
  return unpatched(linear_(norm_final_(tokens).to(dtype)).to(torch::kFloat));
}

DoubleBlockImpl::Context MmJitImpl::context(const MmJitText& text, torch::Dtype dtype) const {
  const auto device = text.rows.device();
  const auto& sight = text.sight;
  return {.text = (sight ? sight->rotation : text_rotation_).to(device),
          .picture = picture_rotation_.to(device),
          .bias = sight ? sight->bias().to(dtype) : Tensor()};
}

Tensor MmJitImpl::unpatched(const Tensor& tokens) const {
  const auto grid = config.grid(), patch = config.patch_size;
  return tokens.view({-1, grid, grid, patch, patch, 3})
      .permute({0, 5, 1, 3, 2, 4})  // [B, 3, rows, patch, columns, patch]
      .flatten(4)
      .flatten(2, 3);
}

}  // namespace imagine::models
