/// Tars, as WebDataset shards: members that share a stem are one sample.
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

  /// As ustar, with a pax header (POSIX.1-2017) before what it cannot hold: a name of more than 100
  /// bytes and 155 before a slash. InputError for a name that is empty, ends in a slash, has a NUL
  /// or more than 65536 bytes, and for 8 GiB.
  void add(const std::string& name, std::string_view bytes);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `member` with each regular file's name (UTF-8, as it stands: never a path to write to
/// unchecked) and bytes, in order, of a tar, a zip (.whl too) or the data of a Debian package,
/// plain or compressed by gzip, bzip2, xz or zstd. Tars after one another are read to the last.
/// FormatError if the archive is broken or truncated, or a member has more than `max_member` bytes;
/// the members before that have been handed over.
void read_archive(const fs::path& path,
                  const std::function<void(const std::string& name, Bytes bytes)>& member,
                  std::size_t max_member = std::size_t(1) << 28);

/// A regular file of a tar, or a hard or symbolic link.
struct TarMember {
  std::string name;         ///< as it stands, in UTF-8 where the tar says so
  bool is_link = false;     ///< which has no bytes of its own
  std::uint64_t begin = 0;  ///< where its header is
  Bytes bytes = {};         ///< of a file that was read
};

using OnTarMember = std::function<void(TarMember member)>;

/// Calls `member` in order and skips what each holds, of tars after one another to the last.
/// Returns where the last member ends. FormatError if it is no uncompressed tar, or none with its
/// end.
std::uint64_t walk_tar(const fs::path& path, const OnTarMember& member);

/// The members between two places that walk_tar gave, with their bytes: FormatError where that is
/// more than 1 GiB, or much more by the holes of sparse files.
void read_tar_part(const fs::path& path, std::uint64_t begin, std::uint64_t end,
                   const OnTarMember& member);

/// What a file is by its first bytes where it is no tar but likely meant as one, with what to do:
/// "one compressed by gzip: ...". Empty where it is none of those that are known.
std::string mistaken_for_tar(const fs::path& path);

}  // namespace imagine::io
