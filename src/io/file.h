/// Whole files: read, mapped, and written so that no half of one is ever seen.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace imagine::io {

using Bytes = std::string;  ///< raw bytes; a string because every parser we use takes one
namespace fs = std::filesystem;

/// The whole file. FormatError names the path if it cannot be read, or has more bytes than `most`.
Bytes read_file(const fs::path& path, std::size_t most = std::size_t(1) << 32);

/// Writes to a temporary file beside `path`, syncs, and renames: the old content stays until the
/// new one is complete. ResourceError (disk full, not writable) names the path; nothing is left
/// behind.
void write_file(const fs::path& path, std::string_view bytes);

/// A file mapped read-only into memory. It must not shrink while it is mapped.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace imagine::io
