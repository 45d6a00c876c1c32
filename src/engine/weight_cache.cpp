#include "engine/weight_cache.h"

#include <algorithm>
#include <set>
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

std::shared_ptr<void> WeightCache::find(const WeightKey& key, const std::string& model) {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  found->model = model;
  return found->weights;
}

void WeightCache::drop(const WeightKey& key) {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.key != key) return false;
    held_bytes_ -= entry.bytes;
    return true;
  });
}

/// Of the models that were used last, as many as may be held together with that one.
void WeightCache::keep_models_beside(const std::string& model) {
  std::set<std::string> kept{model};
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.model.empty() || kept.contains(entry.model)) return false;
    if (std::ssize(kept) < limits_.models) {
      kept.insert(entry.model);
      return false;
    }
    held_bytes_ -= entry.bytes;
    return true;
  });
}

void WeightCache::make_room(std::uint64_t bytes, const std::string& model) {
  if (limits_.models > 0 && !model.empty()) keep_models_beside(model);
  while (!entries_.empty() && !has_room(bytes)) {
    held_bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

}  // namespace imagine::engine
