#include "serve/shelf.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/check.h"
#include "serve/jobs/public_recipe.h"
#include "serve/problem.h"

namespace imagine::serve {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoraEnding = ".safetensors";

/// What lies in a folder, sorted, but what is hidden.
template <class Chosen>
std::vector<std::string> names_in(const fs::path& folder, const Chosen& chosen) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    auto name = entry.path().filename().string();
    if (!name.starts_with('.') && chosen(entry)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

bool is_of_others(std::string_view name) {
  constexpr std::array<std::string_view, 7> kBeginnings = {
      "gpt-image-",       "chatgpt-image", "dall-e-",  "imagen",
      "imagegeneration@", "gemini-",       "imagetext"};
  return std::ranges::any_of(kBeginnings,
                             [&](auto beginning) { return name.starts_with(beginning); });
}

/// What errors tell of it are paths that without_folders() sees.
ShelfOptions with_whole_paths(ShelfOptions options) {
  for (auto* path : {&options.model, &options.folder, &options.loras}) {
    if (!path->empty()) *path = fs::absolute(*path);
  }
  return options;
}

}  // namespace

Shelf::Shelf(const ShelfOptions& options)
    : options_(with_whole_paths(options)), usual_(name_of_path(options_.model)) {
  check<InputError>(options.folder.empty() || fs::is_directory(options.folder),
                    options.folder.string(), ": expected a folder of models, got none");
  check<InputError>(options.loras.empty() || fs::is_directory(options.loras),
                    options.loras.string(), ": expected a folder of low-rank changes, got none");
  open_[usual_] = Model::open(options_.model);
}

std::vector<std::string> Shelf::names() const {
  auto names = names_in(options_.folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  });
  std::erase(names, usual_);
  names.insert(names.begin(), usual_);
  return names;
}

std::vector<std::string> Shelf::loras() const {
  return names_in(options_.loras, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored) || entry.path().extension() == kLoraEnding;
  });
}

fs::path Shelf::lora(const std::string& name) const {
  const auto known = loras();
  for (const auto& file : {name, name + kLoraEnding}) {
    if (std::ranges::find(known, file) != known.end()) return options_.loras / file;
  }
  throw InputError(
      concat("loras: expected one of ", known.size(), " that the server has, got \"", name, '"'));
}

bool Shelf::has(const std::string& name) const {
  const auto known = names();
  return std::ranges::find(known, name) != known.end();
}

std::shared_ptr<const Model> Shelf::model(const std::string& name) {
  const bool here = has(name);
  check<InputError>(here || name.empty() || is_of_others(name),
                    "model: expected one that GET /v1/models lists, as ", usual_, ", got \"", name,
                    '"');
  const auto asked = name_of(name);
  const std::lock_guard lock(mutex_);
  if (const auto opened = open_.find(asked); opened != open_.end()) return opened->second;
  try {
    return open_[asked] = Model::open(options_.folder / asked);
  } catch (const Error& error) {
    throw servers_own(error, concat("model: ", asked, " cannot be opened: "), "model");
  }
}

}  // namespace imagine::serve
