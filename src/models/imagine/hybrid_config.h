/// What one hybrid convolution-transformer denoiser is.
#pragma once

#include <cstdint>

namespace imagine::models {

/// Stored beside the weights as config.json; a caller never changes it.
struct HybridConfig {
  std::int64_t size = 64;
  std::int64_t stem = 64;
  std::int64_t width = 256;
  std::int64_t depth = 6;
  std::int64_t heads = 4;
  std::int64_t positions = 8;
  std::int64_t text_width = 384;
  std::int64_t text_depth = 2;
  bool crop_told = false;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("size", self.size, "side of the pictures in pixels, a multiple of 8");
    field("stem", self.stem, "channels of the convolutions at half the size");
    field("width", self.width, "channels of the transformer at a quarter of the size");
    field("depth", self.depth, "transformer blocks");
    field("heads", self.heads, "attention heads of a block");
    field("positions", self.positions,
          "side of the learned grid of positions, fitted to the picture's tokens");
    field("text_width", self.text_width, "width of the text encoder's states");
    field("text_depth", self.text_depth, "transformer layers that adapt the text");
    field("crop_told", self.crop_told,
          "whether the network learns what was cut off around a picture; it draws whole ones");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::models
