#include "evaluate/fingerprint.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "core/check.h"

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

}  // namespace

void add_model(io::Fingerprint& fingerprint, const io::fs::path& place) {
  if (!io::fs::is_directory(place)) return fingerprint.add_file(place);
  std::set<io::fs::path> seen;
  std::vector<io::fs::path> files;
  collect(place, seen, files);
  check<InputError>(!files.empty(), place.string(), ": expected a model's files, got none");
  std::ranges::sort(files);
  for (const auto& file : files) {
    fingerprint.add(file.lexically_relative(place).string());
    fingerprint.add_file(file);
  }
}

}  // namespace imagine::evaluate
