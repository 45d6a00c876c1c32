/// Weights that stay loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace imagine::engine {

/// Which weights they are: their files as they are now, and what is added to them. Two models of
/// one folder share them; files that have changed are others.
using WeightKey = std::string;

/// The key of a file, or of a folder's weights: names, sizes and times.
WeightKey key_of_files(const std::filesystem::path& place);

/// Holds what is loaded up to a budget of bytes; the least recently used goes first. What somebody
/// still uses lives until he is done. For one thread.
class WeightCache {
 public:
  explicit WeightCache(std::uint64_t budget) : budget_(budget) {}

  /// What is held under that key, else what `load` makes, of about `bytes`. Room is made before it
  /// is loaded, so that both are never held.
  template <class Weights>
  std::shared_ptr<Weights> get(const WeightKey& key, std::uint64_t bytes,
                               const std::function<std::shared_ptr<Weights>()>& load) {
    if (auto held = find(key)) return std::static_pointer_cast<Weights>(held);
    make_room(bytes);
    auto loaded = load();
    insert(key, bytes, std::const_pointer_cast<std::remove_const_t<Weights>>(loaded));
    return loaded;
  }

  bool holds(const WeightKey& key) const;
  /// Lets go of what is held under that key, if anything is.
  void drop(const WeightKey& key);
  /// Whether so many bytes more are held without letting go of others.
  bool has_room(std::uint64_t bytes) const { return held_bytes_ + bytes <= budget_; }

 private:
  struct Entry {
    WeightKey key;
    std::uint64_t bytes;
    std::shared_ptr<void> weights;
  };

  /// Now the most recently used; null where there is none.
  std::shared_ptr<void> find(const WeightKey& key);
  void make_room(std::uint64_t bytes);
  void insert(const WeightKey& key, std::uint64_t bytes, std::shared_ptr<void> weights);

  std::uint64_t budget_, held_bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
};

}  // namespace imagine::engine
