/// What one super-resolution network is.
#pragma once

#include <cstdint>

namespace imagine::models {

/// Stored beside the weights as config.json; a caller never changes it.
struct SuperResolutionConfig {
  std::int64_t factor = 4;
  std::int64_t width = 64;
  std::int64_t blocks = 8;
  std::int64_t text_width = 384;
  double noise = 0.1;
  double detail = 0.1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("factor", self.factor, "how many times larger the picture becomes");
    field("width", self.width, "channels of the convolutions");
    field("blocks", self.blocks, "residual blocks of two convolutions");
    field("text_width", self.text_width, "width of the text encoder's states");
    field("noise", self.noise, "noise on the enlargement that a picture starts from, 0.001 .. 1");
    field("detail", self.detail,
          "standard deviation of what the enlargement lacks, pixels in -1 .. 1");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::models
