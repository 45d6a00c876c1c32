#include "hub/cache.h"

#include <algorithm>

#include "core/check.h"

namespace imagine::hub {
namespace {

namespace fs = io::fs;

fs::path folder_of(const fs::path& cache, const std::string& repository) {
  std::string name = "models--" + repository;
  if (const auto slash = name.find('/'); slash != name.npos) name.replace(slash, 1, "--");
  return cache / name;
}

/// Other programs' files may end with a newline.
std::string commit_in(const fs::path& reference) {
  std::error_code unknown;
  if (!fs::is_regular_file(reference, unknown)) return {};
  auto text = io::read_file(reference);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return is_commit(text) ? text : "";
}

/// A snapshot's file is a link to a content that bears its hash as its name.
std::optional<ListedFile> entry_of(const fs::directory_entry& entry, const fs::path& snapshot) {
  std::error_code error;
  const auto target = fs::read_symlink(entry.path(), error);
  const auto digest = error ? std::nullopt : digest_named(target.filename().string());
  const auto size = fs::file_size(entry.path(), error);
  if (!digest || error) return std::nullopt;
  return ListedFile{.path = entry.path().lexically_relative(snapshot).generic_string(),
                    .size = size,
                    .digest = *digest};
}

}  // namespace

std::optional<fs::path> cached_file(const fs::path& cache, const std::string& repository,
                                    const ListedFile& file) {
  const auto path = folder_of(cache, repository) / "blobs" / file.digest.hex;
  std::error_code error;
  const bool fits = fs::is_regular_file(path, error) && fs::file_size(path, error) == file.size;
  return fits && !error ? std::optional(path) : std::nullopt;
}

std::optional<Listing> cached_listing(const fs::path& cache, const Source& source) {
  const auto folder = folder_of(cache, source.repository);
  const auto commit =
      is_commit(source.revision) ? source.revision : commit_in(folder / "refs" / source.revision);
  const auto snapshot = folder / "snapshots" / commit;
  std::error_code error;
  if (commit.empty() || !fs::is_directory(snapshot, error)) return std::nullopt;
  Listing listing{.commit = commit, .files = {}};
  for (fs::recursive_directory_iterator at(snapshot, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory()) continue;
    if (auto file = entry_of(*at, snapshot)) {
      check_path(file->path, snapshot.string());
      listing.files.push_back(*std::move(file));
    }
  }
  std::ranges::sort(listing.files, {}, &ListedFile::path);
  return listing;
}

}  // namespace imagine::hub
