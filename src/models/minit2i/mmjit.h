/// MM-JiT, the network of MiniT2I: a transformer on patches of pixels and the states of a text,
/// which is not told how noisy the picture is.
#pragma once

#include <optional>

#include "models/minit2i/mmjit_blocks.h"
#include "models/minit2i/mmjit_text.h"
#include "models/minit2i/prefix.h"
#include "nn/list.h"

namespace imagine::models {

class MmJitImpl : public torch::nn::Module {
 public:
  explicit MmJitImpl(const MmJitConfig& config);

  /// states [B, T, txt_input_size], mask [B, T], true where a token stands; T up to prompt_length,
  /// what is shorter is filled up with the mask token. `told`: what a student's prefix says.
  MmJitText read(const TextEmbedding& text, const StudentConditioning& told, torch::Dtype dtype);
  /// Of no text, for `rows` rows.
  MmJitText read_nothing(int64_t rows, const StudentConditioning& told, torch::Dtype dtype);

  /// noisy [B, 3, image_size, image_size] float -> the clean picture, the same shape; computes in
  /// `dtype`.
  Tensor forward(const Tensor& noisy, const MmJitText& text, torch::Dtype dtype);

  /// Whether a backward pass computes the double blocks again instead of keeping what is in them.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  /// What forward() begins with: patches as tokens [B, N, D] float, each told its place.
  Tensor embedded(const Tensor& noisy, torch::Dtype dtype);
  /// What it ends with: tokens [B, N, D] float -> pictures.
  Tensor answered(const Tensor& tokens, torch::Dtype dtype);
  /// Of its double blocks' attentions on such a text's device, the bias in `dtype`.
  DoubleBlockImpl::Context context(const MmJitText& text, torch::Dtype dtype) const;
  nn::List<DoubleBlock>& double_blocks() { return double_blocks_; }

  const MmJitConfig config;

 private:
  /// tokens [B, N, patch * patch * 3], channel last -> pictures
  Tensor unpatched(const Tensor& tokens) const;
  MmJitText preamble(const Tensor& states, const StudentConditioning& told, torch::Dtype dtype);

  /// One of the double blocks, as the last where nothing reads its text.
  DoubleBlockImpl::Tokens after(DoubleBlock& block, const DoubleBlockImpl::Tokens& tokens,
                                const DoubleBlockImpl::Context& context, torch::Dtype dtype,
                                bool last);

  nn::FrozenLinear proj1_{nullptr}, proj2_{nullptr}, txt_embedder_;
  Tensor mask_token_;                    // [1, 1, txt_input_size]
  std::optional<StudentPrefix> prefix_;  // of a student
  nn::List<PreambleBlock> preamble_blocks_;
  nn::List<DoubleBlock> double_blocks_;
  nn::FrozenRmsNorm norm_final_{nullptr};
  nn::FrozenLinear linear_{nullptr};
  Tensor places_;  // [N, D] float
  Rotation preamble_rotation_;
  Rotation text_rotation_, picture_rotation_;
  bool recompute_ = false;
};
TORCH_MODULE(MmJit);

}  // namespace imagine::models
