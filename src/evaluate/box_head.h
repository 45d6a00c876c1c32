/// Where the bodies that a judge finds end. It is learnt after all else, from what the judge makes
/// of a picture, and changes nothing of that.
#pragma once

#include "evaluate/conv_block.h"

namespace imagine::evaluate {

/// Stored beside the weights as config.json.
struct BoxHeadConfig {
  std::int64_t depth = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("depth", self.depth, "residual blocks before the boxes");
  }

  /// ConfigError naming the field.
  void validate() const;
};

class BoxHeadImpl : public torch::nn::Module {
 public:
  /// For a judge of that width.
  BoxHeadImpl(int64_t width, const BoxHeadConfig& config);

  /// What a judge makes of pictures [B, C, G, G] -> what is seen of the body whose middle a cell
  /// is: [B, 4, G, G] x, y, width and height in parts of the picture.
  Tensor forward(const Tensor& seen);

  const BoxHeadConfig config;

 private:
  nn::List<ConvBlock> blocks_;
  torch::nn::GroupNorm norm_out_;
  torch::nn::Conv2d out_;
};
TORCH_MODULE(BoxHead);

}  // namespace imagine::evaluate
