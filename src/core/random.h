/// Random numbers that are the same on every machine and compiler (std's distributions are not).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace imagine {

/// 64-bit FNV-1a: a hash that never changes between versions.
constexpr std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ std::uint8_t(c)) * 0x100000001b3ULL;
  return hash;
}

/// SplitMix64 (Steele, Lea, Flood 2014): a small generator whose streams are told apart by a name,
/// so that adding a draw in one place changes no other.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::string_view stream = {})
      : state_(seed ^ stable_hash(stream)) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// In [0, 1).
  double uniform() { return double(bits() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In 0 .. count - 1; `count` must be positive.
  int below(int count) { return int(uniform() * count); }
  bool chance(double probability) { return uniform() < probability; }
  /// Standard normal (Box-Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  template <class Container>
  const auto& pick(const Container& from) {
    return from[std::size_t(below(int(std::size(from))))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace imagine
