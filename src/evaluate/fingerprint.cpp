#include "evaluate/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iomanip>
#include <set>
#include <sstream>
#include <vector>

#include "core/check.h"
#include "core/random.h"

namespace imagine::evaluate {
namespace {

bool is_part_of_model(const io::fs::path& file) {
  constexpr std::array<std::string_view, 5> kEndings = {".json", ".safetensors", ".txt", ".model",
                                                        ".gguf"};
  return std::ranges::find(kEndings, file.extension().string()) != kEndings.end();
}

/// Those of the folder and of what it links to, each folder once.
void collect(const io::fs::path& folder, std::set<io::fs::path>& seen,
             std::vector<io::fs::path>& files) {
  if (io::fs::exists(folder / kReport) || !seen.insert(io::fs::canonical(folder)).second) return;
  for (const auto& entry : io::fs::directory_iterator(folder)) {
    if (entry.is_directory()) {
      collect(entry.path(), seen, files);
    } else if (entry.is_regular_file() && is_part_of_model(entry.path())) {
      files.push_back(entry.path());
    }
  }
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) { return Random(hash ^ word).bits(); }

/// All bytes, eight at a time: weights are gigabytes.
std::uint64_t hash_of(std::span<const std::byte> bytes) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t hash = bytes.size();
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kWord, bytes.size()))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), std::min(kWord, bytes.size()));
    hash = mixed(hash, word);
  }
  return hash;
}

}  // namespace

void Fingerprint::add(std::string_view setting) { hash_ = mixed(hash_, stable_hash(setting)); }

void Fingerprint::add_bytes(const io::fs::path& file) {
  hash_ = mixed(hash_, hash_of(io::MappedFile(file).bytes()));
}

void Fingerprint::add_files(const io::fs::path& place) {
  if (!io::fs::is_directory(place)) return add_bytes(place);
  std::set<io::fs::path> seen;
  std::vector<io::fs::path> files;
  collect(place, seen, files);
  check<InputError>(!files.empty(), place.string(), ": expected a model's files, got none");
  std::ranges::sort(files);
  for (const auto& file : files) {
    add(file.lexically_relative(place).string());
    add_bytes(file);
  }
}

std::string Fingerprint::text() const {
  std::ostringstream text;
  text << std::hex << std::setfill('0') << std::setw(16) << hash_;
  return text.str();
}

}  // namespace imagine::evaluate
