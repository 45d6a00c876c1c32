#include "cascade/text_states.h"

#include <algorithm>
#include <cstdlib>
#include <iomanip>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "nn/tensor_file.h"

namespace imagine::cascade {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 500;  // of T5-XXL: about 600 MB

std::optional<TextEmbedding> kept(const fs::path& path, const std::string& key) {
  try {
    const io::SafetensorsFile file(path);
    const auto found = file.metadata().find("key");
    if (found == file.metadata().end() || found->second != key) return std::nullopt;
    return TextEmbedding{.states = nn::tensor_of(file, "states").clone(),
                         .mask = nn::tensor_of(file, "mask").clone()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Leaves the newest files.
void make_room(const fs::path& folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") {
      files.emplace_back(entry.last_write_time(), entry.path());
    }
  }
  if (files.size() < kMostFiles) return;
  std::ranges::sort(files);
  files.resize(files.size() - kMostFiles + 1);
  for (const auto& [time, path] : files) fs::remove(path);
}

void keep(const fs::path& path, const TextEmbedding& text, const std::string& key) {
  try {
    fs::create_directories(path.parent_path());
    make_room(path.parent_path());
    nn::save_tensors({{"states", text.states}, {"mask", text.mask}}, path, {{"key", key}});
  } catch (const std::exception&) {
    return;  // a cache that cannot be written is none
  }
}

}  // namespace

fs::path TextStates::default_folder() {
  if (const char* own = std::getenv("IMAGINE_CACHE")) return own;
  if (const char* caches = std::getenv("XDG_CACHE_HOME")) return fs::path(caches) / "imagine";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "imagine";
  return {};
}

TextEmbedding TextStates::read(const text::TextEncoder& encoder, const std::string& text,
                               std::optional<int64_t> length, torch::Dtype dtype) const {
  if (folder_.empty()) return encoder.encode({text}, length);
  const auto key = concat(encoder.identity(), ' ', length.value_or(0), ' ', dtype, ' ', text);
  const auto name = concat(std::hex, std::setw(16), std::setfill('0'), stable_hash(key));
  const auto path = folder_ / "text" / (name + ".safetensors");
  if (auto states = kept(path, key)) return *std::move(states);
  const auto states = encoder.encode({text}, length);
  keep(path, states, key);
  return states;
}

}  // namespace imagine::cascade
