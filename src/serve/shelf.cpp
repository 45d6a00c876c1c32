#include "serve/shelf.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/check.h"

namespace imagine::serve {
namespace {

namespace fs = std::filesystem;

/// The last part of a path that may end with a slash.
std::string name_of_folder(const fs::path& folder) {
  const auto name = folder.filename().empty() ? folder.parent_path().filename() : folder.filename();
  return name.string();
}

bool is_of_others(std::string_view name) {
  constexpr std::array<std::string_view, 7> kBeginnings = {
      "gpt-image-",       "chatgpt-image", "dall-e-",  "imagen-",
      "imagegeneration@", "gemini-",       "imagetext"};
  return std::ranges::any_of(kBeginnings,
                             [&](auto beginning) { return name.starts_with(beginning); });
}

}  // namespace

Shelf::Shelf(const ShelfOptions& options)
    : options_(options), usual_(name_of_folder(options.model)) {
  check<InputError>(options.folder.empty() || fs::is_directory(options.folder),
                    options.folder.string(), ": expected a folder of models, got none");
  open_[usual_] = Model::open(options.model);
}

std::vector<std::string> Shelf::names() const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(options_.folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (entry.is_directory(ignored) && !name.starts_with('.') && name != usual_) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  names.insert(names.begin(), usual_);
  return names;
}

std::shared_ptr<const Model> Shelf::model(const std::string& name) {
  const auto known = names();
  const bool here = std::ranges::find(known, name) != known.end();
  check<InputError>(here || name.empty() || is_of_others(name),
                    "model: expected one that GET /v1/models lists, as ", usual_, ", got \"", name,
                    '"');
  const auto& asked = here ? name : usual_;
  const std::lock_guard lock(mutex_);
  auto& opened = open_[asked];
  try {
    if (!opened) opened = Model::open(options_.folder / asked);
  } catch (...) {
    open_.erase(asked);
    throw;
  }
  return opened;
}

}  // namespace imagine::serve
