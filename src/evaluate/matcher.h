/// A network that says which words belong to which picture: both become vectors of length 1, near
/// each other where they belong together (after Radford et al. 2021, "CLIP").
///
/// It reads words as a bag: what they name, not who does what to whom; a judge looks at that. It
/// shares nothing with the text encoder of what it judges.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>

#include "evaluate/conv_block.h"
#include "evaluate/matcher_config.h"

namespace imagine::evaluate {

class MatcherImpl : public torch::nn::Module {
 public:
  explicit MatcherImpl(const MatcherConfig& config);

  /// What it makes of pictures [B, 3, S, S] in -1 .. 1 before it compares them: [B, 8 width]
  Tensor features(const Tensor& pixels);
  /// pixels [B, 3, S, S] -> [B, meaning], of length 1
  Tensor pictures(const Tensor& pixels);
  /// B texts -> [B, meaning], of length 1
  Tensor texts(const std::vector<std::string>& texts);
  /// What cosines are multiplied by before they become a probability. []
  Tensor sharpness() const { return log_sharpness_.exp().clamp_max(100); }

  const MatcherConfig config;

 private:
  nn::List<ConvBlock> half_, quarter_, eighth_, sixteenth_;
  torch::nn::Conv2d in_, to_quarter_, to_eighth_, to_sixteenth_;
  torch::nn::GroupNorm norm_;
  torch::nn::Linear picture_, text_in_, text_out_;
  torch::nn::Embedding words_;
  Tensor log_sharpness_;
};
TORCH_MODULE(Matcher);

/// The cross entropy of finding each picture's text among all of the batch, and each text's
/// picture. pictures, texts [B, meaning] -> []
Tensor matching_loss(const Tensor& pictures, const Tensor& texts, const Tensor& sharpness);

/// The words of a text and their parts of three letters, as places in a table of `buckets`; never
/// none. Letters are ASCII's without their case, and all bytes of other scripts.
std::vector<std::int64_t> word_parts(const std::string& text, std::int64_t buckets);

}  // namespace imagine::evaluate
