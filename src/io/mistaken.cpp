#include "io/mistaken.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/check.h"
#include "io/utf8.h"

namespace imagine::io {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kBegin = 4096;  // bytes that are looked at

/// The text after a byte order mark and white space, lower-cased.
std::string text_begin(std::string_view bytes) {
  bytes = without_byte_order_mark(bytes);
  const auto first = bytes.find_first_not_of(" \t\r\n");
  std::string text(bytes.substr(std::min(first, bytes.size()), kBegin));
  std::ranges::transform(text, text.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

bool is_server_page(const std::string& text) {
  if (text.starts_with("<!doctype html") || text.starts_with("<html")) return true;
  return text.starts_with("<error>") ||
         (text.starts_with("<?xml") && (text.find("<error>") != text.npos ||  // S3 and its like
                                        text.find("<html") != text.npos));
}

/// torch.save: a zip that holds NAME/data.pkl, or before that one pickle after another.
bool is_pickle(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04"sv)) return bytes.find("/data.pkl"sv) != bytes.npos;
  return bytes.size() > 2 && bytes[0] == '\x80' && 2 <= bytes[1] && bytes[1] <= 5 &&
         std::string_view("(}]c\x8a\x95K").find(bytes[2]) != std::string_view::npos;
}

}  // namespace

std::string mistaken_for(std::string_view begin) {
  begin = begin.substr(0, kBegin);
  const auto text = text_begin(begin);
  if (begin.empty()) return "an empty file: if it was downloaded, do so again";
  if (text.starts_with("version https://git-lfs.github.com/spec/")) {
    return "a Git LFS pointer, the note that stands for the file: run \"git lfs pull\" in its "
           "repository, or download the file itself";
  }
  if (is_server_page(text)) {
    return "a page that a server sent in place of the file (is a licence to be accepted, or a "
           "token needed?): download it again";
  }
  if (is_pickle(begin)) {
    return "a PyTorch pickle (.bin, .pt, .ckpt), which can run code and is not read: take the "
           "model's safetensors, or convert it";
  }
  const bool zeros = std::ranges::all_of(begin, [](char byte) { return byte == '\0'; });
  return zeros && begin.size() >= 64 ? "zeros alone: the download was not finished" : "";
}

void refuse_mistaken(std::string_view begin, const std::string& where, const char* expected) {
  const auto what = mistaken_for(begin);
  check<FormatError>(what.empty(), where, ": expected ", expected, ", got ", what);
}

fs::path model_folder_in(const fs::path& folder) {
  const auto snapshots = folder / "snapshots";
  const bool is_cache = fs::is_directory(snapshots) &&
                        (fs::is_directory(folder / "blobs") || fs::is_directory(folder / "refs"));
  if (!is_cache) return folder;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(snapshots)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  if (found.size() == 1) return found.front();
  std::string names;
  for (const auto& path : found) names += concat(names.empty() ? "" : ", ", path.string());
  check<FormatError>(!found.empty(), folder.string(),
                     ": expected a model folder, got a hub cache without a snapshot: download the ",
                     "model again");
  throw FormatError(concat(folder.string(), ": expected a model folder, got a hub cache of ",
                           found.size(), " snapshots; name one: ", names));
}

}  // namespace imagine::io
