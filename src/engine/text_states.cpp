#include "engine/text_states.h"

#include <algorithm>
#include <cstdlib>

#include <torch/utils.h>

#include "core/check.h"
#include "io/secret.h"
#include "nn/tensor_file.h"

namespace imagine::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 500;  // of T5-XXL: about 600 MB

constexpr const char* kEntry = "entry";

std::optional<TextEmbedding> kept(const fs::path& path) {
  try {
    const io::SafetensorsFile file(path);
    const auto found = file.metadata().find(kEntry);
    if (found == file.metadata().end() || found->second != path.stem().string())
      return std::nullopt;
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

void keep(const fs::path& path, const TextEmbedding& text) {
  try {
    make_room(path.parent_path());
    nn::save_tensors({{"states", text.states}, {"mask", text.mask}}, path,
                     {{kEntry, path.stem().string()}});
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  } catch (const std::exception&) {
    return;  // a cache that cannot be written is none
  }
}

/// Entries of earlier versions, named by 16 digits, had the prompt in them.
void remove_plain_entries(const fs::path& folder) {
  constexpr std::size_t kDigits = 16;
  std::vector<fs::path> plain;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().stem().string();
    const bool is_number = name.find_first_not_of("0123456789abcdef") == name.npos;
    if (entry.path().extension() == ".safetensors" && name.size() == kDigits && is_number) {
      plain.push_back(entry.path());
    }
  }
  for (const auto& path : plain) fs::remove(path);
}

/// Where the entry of `key` lies, in a folder that only its owner can look into; nullopt where
/// there can be none.
std::optional<fs::path> place_of(const fs::path& cache, const std::string& key) {
  try {
    const auto folder = cache / "text";
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    remove_plain_entries(folder);
    return folder / (io::keyed_hash(io::kept_secret(cache / "key"), key) + ".safetensors");
  } catch (const std::exception&) {
    return std::nullopt;
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
                               const text::TextLength& length, const nn::Arithmetic& arithmetic,
                               const StopCheck& stop) const {
  if (folder_.empty()) return encoder.encode({text}, length, stop);
  const auto place =
      place_of(folder_, concat(encoder.identity(), ' ', length.most.value_or(0),
                               length.most && !length.padded ? " at most " : " ", arithmetic.dtype,
                               arithmetic.bytes ? " int8 " : " ", text));
  if (place) {
    if (auto states = kept(*place)) return *std::move(states);
  }
  auto states = encoder.encode({text}, length, stop);
  if (place) keep(*place, states);
  return states;
}

}  // namespace imagine::engine
