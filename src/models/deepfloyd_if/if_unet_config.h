/// What one U-Net of DeepFloyd IF is: the part of diffusers' UNet2DConditionModel that IF uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "nn/activation.h"

namespace imagine::models {

/// Groups of the text's norm in an attention, whatever the config says of the other norms.
inline constexpr int64_t kIfTextGroups = 32;

/// One level of the U-Net, from the largest pictures to the smallest.
struct IfLevel {
  int64_t channels = 0;
  int64_t layers = 0;
  int64_t text_width = 0;  ///< of the projected text that its attentions read
  int64_t head_width = 0;
  int64_t up_head_width = 0;
  bool attends_down = false;
  bool attends_up = false;
  bool only_text = false;  ///< attentions read the text and not the picture
};

struct IfUnetConfig {
  int64_t size = 64;
  int64_t in_channels = 3;
  int64_t out_channels = 6;
  std::vector<IfLevel> levels = {};
  nn::Activation activation = nn::Activation::gelu;
  std::optional<nn::Activation> time_activation = {};  ///< applied once to the whole embedding
  bool skip_time_activation = false;  ///< residual blocks take that embedding as it is
  bool scale_shift = true;            ///< the embedding scales and shifts, else it is added
  std::string text_norm =
      "group_norm";  ///< of the text in an attention: group_norm, layer_norm or ""
  bool mid_only_text = false;
  bool told_noise_level = false;  ///< the noise level of the low resolution is an input
  int64_t groups = 32;
  double epsilon = 1e-5;
  int64_t kernel_in = 3, kernel_out = 3;
  int64_t encoder_width = 4096;
  int64_t pool_heads = 64;
  int64_t time_width = 0;
  bool cosine_first = true;
  int64_t frequency_shift = 0;
  double out_scale = 1;  ///< residual blocks are divided by it; the middle ones by mid_scale
  double mid_scale = 1;
  bool centered = false;  ///< pictures enter as 2 x - 1

  /// Sides of pictures must be multiples of this.
  int64_t multiple() const { return int64_t(1) << (levels.size() - 1); }
};

/// ConfigError "where: key: expected ..., got ...", for a key that is unknown or missing, or a
/// value that makes no network of IF's kind.
IfUnetConfig if_unet_config_of(const Json& json, const std::string& where);

}  // namespace imagine::models
