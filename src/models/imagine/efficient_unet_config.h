/// What one Efficient U-Net is.
#pragma once

#include <cstdint>
#include <vector>

namespace imagine::models {

/// Stored beside the weights as config.json; a caller never changes it.
struct EfficientUnetConfig {
  std::int64_t factor = 4;
  std::int64_t width = 128;
  std::vector<std::int64_t> multipliers = {1, 2, 4, 8};
  std::vector<std::int64_t> blocks = {2, 4, 8, 8};
  std::int64_t reading_levels = 1;
  std::int64_t attention_levels = 0;
  std::int64_t heads = 8;
  std::int64_t text_width = 384;
  double noise = 0.1;
  double detail = 0.1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("factor", self.factor, "how many times larger the picture becomes");
    field("width", self.width, "channels at the picture's own size");
    field("multipliers", self.multipliers,
          "channels of each level, each half the size of the one before, in units of the width");
    field("blocks", self.blocks, "residual blocks of each level, on the way down and up");
    field("reading_levels", self.reading_levels, "of the smallest levels, how many read the words");
    field("attention_levels", self.attention_levels,
          "of those, how many attend to their own pixels too");
    field("heads", self.heads, "attention heads");
    field("text_width", self.text_width, "width of the text encoder's states");
    field("noise", self.noise, "noise on the enlargement that a picture starts from, 0.001 .. 1");
    field("detail", self.detail,
          "standard deviation of what the enlargement lacks, pixels in -1 .. 1");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::models
