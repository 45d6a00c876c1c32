/// What one matcher is.
#pragma once

#include <cstdint>

namespace imagine::evaluate {

/// Stored beside the weights as config.json.
struct MatcherConfig {
  std::int64_t size = 64;
  std::int64_t width = 32;
  std::int64_t depth = 1;
  std::int64_t meaning = 128;
  std::int64_t buckets = 8192;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("size", self.size, "side in pixels of the pictures that it is shown, a multiple of 16");
    field("width", self.width, "channels at half the size; twice as many at each size below");
    field("depth", self.depth, "residual blocks at each size");
    field("meaning", self.meaning,
          "embedding size: numbers of the vector that pictures and words become");
    field("buckets", self.buckets,
          "vocabulary size: parts of words that are told apart, by their hash");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::evaluate
