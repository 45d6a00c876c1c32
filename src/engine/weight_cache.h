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

struct WeightLimits {
  std::uint64_t bytes = 0;
  int models = 0;  ///< whose networks are held; 0: no limit
};

/// Holds what is loaded within limits; the least recently used goes first. What somebody still uses
/// lives until he is done. For one thread.
class WeightCache {
 public:
  explicit WeightCache(const WeightLimits& limits) : limits_(limits) {}

  /// What is held under that key, else what `load` makes, of about `bytes`. Room is made before it
  /// is loaded, so that both are never held. `model`: whose it is from now on; empty: of no model
  /// alone.
  template <class Weights>
  std::shared_ptr<Weights> get(const WeightKey& key, std::uint64_t bytes,
                               const std::function<std::shared_ptr<Weights>()>& load,
                               const std::string& model = {}) {
    if (auto held = find(key, model)) return std::static_pointer_cast<Weights>(held);
    make_room(bytes, model);
    auto loaded = load();
    entries_.push_front({.key = key,
                         .model = model,
                         .bytes = bytes,
                         .weights = std::const_pointer_cast<std::remove_const_t<Weights>>(loaded)});
    held_bytes_ += bytes;
    return loaded;
  }

  bool holds(const WeightKey& key) const;
  /// Lets go of what is held under that key, if anything is.
  void drop(const WeightKey& key);
  /// Whether so many bytes more are held without letting go of others.
  bool has_room(std::uint64_t bytes) const { return held_bytes_ + bytes <= limits_.bytes; }

 private:
  struct Entry {
    WeightKey key;
    std::string model;
    std::uint64_t bytes;
    std::shared_ptr<void> weights;
  };

  /// Now the most recently used; null where there is none.
  std::shared_ptr<void> find(const WeightKey& key, const std::string& model);
  void make_room(std::uint64_t bytes, const std::string& model);
  void keep_models_beside(const std::string& model);

  WeightLimits limits_;
  std::uint64_t held_bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
};

}  // namespace imagine::engine
