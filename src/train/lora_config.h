/// Which low-rank changes are trained.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imagine::train {

struct LoraConfig {
  std::int64_t rank = 0;
  std::vector<std::string> targets = {};
  double keep = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("rank", self.rank, "of the changes that are trained; 0: the weights themselves are");
    field("targets", self.targets,
          "parts of the names of layers that change; empty: all linear layers and convolutions");
    field("keep", self.keep, "weight of a picture's loss where it is kept, beside 1 of the others");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::train
