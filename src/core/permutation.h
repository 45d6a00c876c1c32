/// An order of numbers that is computed and not stored.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "core/random.h"

namespace imagine {

/// 0 .. count - 1 in another order, each once: a Feistel network over the next even number of bits,
/// walked until it lands inside (cycle walking; Black and Rogaway 2002, "Ciphers with arbitrary
/// finite domains").
class Permutation {
 public:
  /// `count` at least 1.
  Permutation(std::uint64_t count, std::uint64_t seed) : count_(count), seed_(seed) {
    const auto bits = std::bit_width(count - 1);
    half_ = bits / 2 + bits % 2;
  }

  /// `i` below the count.
  std::uint64_t operator()(std::uint64_t i) const {
    do {
      i = mixed(i);
    } while (i >= count_);
    return i;
  }

 private:
  std::uint64_t mixed(std::uint64_t i) const {
    const auto mask = (std::uint64_t{1} << half_) - 1;
    auto left = i >> half_, right = i & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const auto key = Random(seed_ + round * 0x632be59bd9b4e019ULL + right).bits() & mask;
      left = std::exchange(right, left ^ key);
    }
    return left << half_ | right;
  }

  std::uint64_t count_, seed_;
  int half_;  // bits of each half
};

}  // namespace imagine
