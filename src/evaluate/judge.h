/// A network that finds the bodies in a picture of a ray-traced scene, or of one that should look
/// like it: the middle of each body on a grid, and beside it what the body is and where it stands
/// (after Zhou et al. 2019, "Objects as Points").
#pragma once

#include <array>

#include "evaluate/box_head.h"
#include "evaluate/composition.h"
#include "evaluate/judge_config.h"

namespace imagine::evaluate {

/// What a judge says of each cell of its grid; G = size / 2.
struct Verdict {
  Tensor middle;    // [B, G, G]      logit: the middle of a body is here
  Tensor shape;     // [B, 5, G, G]   logits, in the order of data::shapes()
  Tensor colour;    // [B, 13, G, G]  logits, in the order of data::colours(), then wood
  Tensor place;     // [B, 2, G, G]   x and z on the ground
  Tensor box = {};  // [B, 4, G, G]  x, y, width, height in the picture; undefined: it knows none
};

class JudgeImpl : public torch::nn::Module {
 public:
  explicit JudgeImpl(const JudgeConfig& config);

  /// pixels [B, 3, S, S] in -1 .. 1
  Verdict forward(const Tensor& pixels);
  /// What it makes of them on the way, averaged over the picture: [B, 4 width]
  Tensor features(const Tensor& pixels);
  /// What its last layer, and one that knows boxes, is given: [B, width, S/2, S/2]
  Tensor seen(const Tensor& pixels);
  /// From now on it says where bodies end too. They are no part of its weights.
  void teach(BoxHead boxes) { boxes_ = std::move(boxes); }
  bool knows_boxes() const { return !boxes_.is_empty(); }

  const JudgeConfig config;

 private:
  /// [B, C, S/2, S/2], [B, 2 C, S/4, S/4], [B, 4 C, S/8, S/8]
  std::array<Tensor, 3> levels(const Tensor& pixels);

  nn::List<ConvBlock> half_, quarter_, eighth_, quarter_up_, half_up_;
  torch::nn::Conv2d in_, to_quarter_, to_eighth_, from_eighth_, from_quarter_, out_;
  torch::nn::GroupNorm norm_out_;
  BoxHead boxes_{nullptr};
};
TORCH_MODULE(Judge);

/// The bodies of each picture: where the middle is likelier than in the cells around and likelier
/// than not. Found::colour is empty for wood.
std::vector<std::vector<Found>> bodies_of(const Verdict& verdict);

/// The same of pictures of any square size [B, 3, S, S] in -1 .. 1, without gradients.
std::vector<std::vector<Found>> look_at(Judge judge, const Tensor& pixels);

}  // namespace imagine::evaluate
