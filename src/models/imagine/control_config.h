/// What one control adapter is.
#pragma once

#include <cstdint>

namespace imagine::models {

/// Stored beside its weights as config.json.
struct ControlConfig {
  std::int64_t width = 192;
  std::int64_t depth = 2;
  double strength = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("width", self.width, "channels of what it makes of things, planes and colours");
    field("depth", self.depth, "blocks that mix them");
    field("strength", self.strength,
          "what it adds is multiplied by, where a request asks for a strength of 1");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::models
