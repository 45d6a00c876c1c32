/// POSIX ustar archives, as WebDataset shards: members that share a stem are one sample.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::io {

/// Writes members in order with fixed owner, mode and time, so that equal input gives equal bytes.
/// The file appears under `path` only when finish() returns.
class TarWriter {
 public:
  explicit TarWriter(const fs::path& path);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  /// InputError if ustar cannot hold the name: 100 bytes, or up to 155 more before a slash.
  void add(const std::string& name, std::string_view bytes);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `member` with each regular file's name (UTF-8, as it stands: never a path to write to
/// unchecked) and bytes, in order, of a tar, a zip (.whl too) or the data of a Debian package,
/// plain or compressed by gzip, bzip2, xz or zstd. FormatError if the archive is broken or
/// truncated, or a member has more than `max_member` bytes; the members before that have been
/// handed over.
void read_archive(const fs::path& path,
                  const std::function<void(const std::string& name, Bytes bytes)>& member,
                  std::size_t max_member = std::size_t(1) << 28);

/// Calls `member` with each regular file's name and the place where its header begins, in order,
/// and skips what it holds. Returns where the last one ends at the latest. FormatError if it is no
/// uncompressed tar, or none with its end.
std::uint64_t walk_tar(
    const fs::path& path,
    const std::function<void(const std::string& name, std::uint64_t begin)>& member);

/// As read_archive, of the members between two places that walk_tar gave.
void read_tar_part(const fs::path& path, std::uint64_t begin, std::uint64_t end,
                   const std::function<void(const std::string& name, Bytes bytes)>& member);

}  // namespace imagine::io
