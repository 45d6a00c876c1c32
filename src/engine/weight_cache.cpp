#include "engine/weight_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/check.h"

namespace imagine::engine {

WeightKey key_of_files(const std::filesystem::path& place) {
  namespace fs = std::filesystem;
  std::error_code error;  // of what is missing, loading says so
  std::vector<std::string> files;
  const auto add = [&](const fs::path& file) {
    if (!fs::is_regular_file(file, error)) return;
    files.push_back(concat('\n', file.string(), ' ', fs::file_size(file, error), ' ',
                           fs::last_write_time(file, error).time_since_epoch().count()));
  };
  const auto whole = fs::weakly_canonical(place, error);
  add(whole);
  for (const auto& entry : fs::directory_iterator(whole, error)) add(entry.path());
  std::ranges::sort(files);
  WeightKey key = whole.string();
  for (const auto& file : files) key += file;
  return key;
}

bool WeightCache::holds(const WeightKey& key) const {
  return std::ranges::find(entries_, key, &Entry::key) != entries_.end();
}

std::shared_ptr<void> WeightCache::find(const WeightKey& key) {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->weights;
}

void WeightCache::drop(const WeightKey& key) {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.key != key) return false;
    held_bytes_ -= entry.bytes;
    return true;
  });
}

void WeightCache::make_room(std::uint64_t bytes) {
  while (!entries_.empty() && !has_room(bytes)) {
    held_bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

void WeightCache::insert(const WeightKey& key, std::uint64_t bytes, std::shared_ptr<void> weights) {
  held_bytes_ += bytes;
  entries_.push_front({.key = key, .bytes = bytes, .weights = std::move(weights)});
}

}  // namespace imagine::engine
