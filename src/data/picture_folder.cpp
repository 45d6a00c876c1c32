#include "data/picture_folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/check.h"
#include "io/image_file.h"

namespace imagine::data {
namespace {

/// Whether it can be meant as a picture.
bool is_candidate(const io::fs::directory_entry& entry) {
  constexpr std::array<std::string_view, 14> kBeside = {
      "",    ".txt", ".caption", ".text", ".json", ".jsonl", ".csv",
      ".md", ".xmp", ".aae",     ".db",   ".ini",  ".html",  ".log"};
  if (!entry.is_regular_file() || entry.path().filename().string().starts_with(".")) return false;
  auto extension = entry.path().extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return char(std::tolower(c)); });
  return std::ranges::find(kBeside, extension) == kBeside.end();
}

}  // namespace

std::vector<io::fs::path> picture_files(const io::fs::path& folder) {
  std::vector<io::fs::path> paths;
  std::error_code missing;  // has no pictures
  for (const auto& entry : io::fs::directory_iterator(folder, missing)) {
    if (is_candidate(entry)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::string> read_picture_folder(const io::fs::path& folder,
                                             const std::function<void(Image image)>& picture) {
  const auto paths = picture_files(folder);
  std::vector<std::string> unread;
  for (const auto& path : paths) {
    try {
      picture(io::flatten(io::decode_image(io::read_file(path), path.string())));
    } catch (const FormatError& error) {
      unread.emplace_back(error.what());
    }
  }
  if (unread.size() < paths.size()) return unread;
  throw InputError(
      concat(folder.string(), ": expected a folder with pictures (", kReadFormats, "), got ",
             paths.empty() ? "none" : concat("none that can be read: ", unread.front())));
}

}  // namespace imagine::data
