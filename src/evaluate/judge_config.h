/// What one judge is.
#pragma once

#include <cstdint>

namespace imagine::evaluate {

/// Stored beside the weights as config.json.
struct JudgeConfig {
  std::int64_t size = 64;
  std::int64_t width = 32;
  std::int64_t depth = 2;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("size", self.size, "side in pixels of the pictures that it is shown, a multiple of 8");
    field("width", self.width, "channels at half the size; twice and four times as many below");
    field("depth", self.depth, "residual blocks at each size");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::evaluate
