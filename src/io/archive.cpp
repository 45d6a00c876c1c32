#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cerrno>
#include <fstream>
#include <locale.h>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "io/mistaken.h"
#include "io/tar.h"

namespace imagine::io {

namespace {

constexpr std::size_t kBlock = std::size_t(1) << 16;  // bytes read at a time
constexpr std::size_t kTarBlock = 512;
constexpr std::uint64_t kMostPart = std::uint64_t(1) << 30;
constexpr std::size_t kMostHoles = std::size_t(1) << 28;  // what a sparse member may have more

struct ArchiveDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Archive = std::unique_ptr<archive, ArchiveDeleter>;

/// libarchive drops names that the thread's locale cannot spell: within this scope it spells all.
class Utf8Names {
 public:
  Utf8Names()
      : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(uselocale(locale_)) {}
  ~Utf8Names() {
    uselocale(before_);
    if (locale_ != nullptr) freelocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t locale_;  // null where the system lacks it; uselocale then changes nothing
  locale_t before_;
};

/// libarchive and others stop at the end of the first of several tars after one another.
Archive new_tar_reader() {
  Archive reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  archive_read_set_format_option(reader.get(), "tar", "read_concatenated_archives", "1");
  return reader;
}

/// Only formats and filters that libarchive reads by itself: some others start programs.
Archive new_reader() {
  Archive reader = new_tar_reader();
  archive_read_support_format_zip(reader.get());
  archive_read_support_format_ar(reader.get());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  return reader;
}

struct Walk {
  const fs::path& path;
  const std::function<void(const std::string&, Bytes)>& member;  // of those that read
  std::size_t max_member;
  const char* expected = "a whole archive";
};

[[noreturn]] void fail(const Walk& walk, const Archive& reader) {
  const char* reason = archive_error_string(reader.get());
  throw FormatError(concat(walk.path.string(), ": expected ", walk.expected,
                           ", got: ", reason != nullptr ? reason : "an unknown error"));
}

archive_entry* next_entry(const Walk& walk, const Archive& reader) {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader.get(), &entry);
  if (status == ARCHIVE_EOF) return nullptr;
  // A broken header is ARCHIVE_RETRY: the next call would look for another behind it.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail(walk, reader);
  return entry;
}

std::string name_of(archive_entry* entry) {
  if (const char* name = archive_entry_pathname_utf8(entry)) return name;
  if (const char* name = archive_entry_pathname(entry)) return name;
  return {};
}

Bytes read_member(const Walk& walk, const Archive& reader, const std::string& name,
                  std::size_t expected) {
  const auto limit = [&](std::size_t size) {
    check<FormatError>(size <= walk.max_member, walk.path.string(), ": ", name,
                       ": expected at most ", walk.max_member, " bytes, got more");
  };
  limit(expected);
  Bytes bytes;
  std::vector<char> block(kBlock);
  for (;;) {
    const auto got = archive_read_data(reader.get(), block.data(), block.size());
    if (got < 0) fail(walk, reader);
    if (got == 0) return bytes;
    limit(bytes.size() + std::size_t(got));
    bytes.append(block.data(), std::size_t(got));
  }
}

bool is_link(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFLNK || archive_entry_hardlink(entry) != nullptr;
}

bool is_file(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFREG && !is_link(entry);
}

std::size_t size_of(archive_entry* entry) {
  const auto size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
  return std::size_t(std::max<la_int64_t>(size, 0));
}

/// From `entry` on.
void read_members(const Walk& walk, const Archive& reader, archive_entry* entry) {
  for (; entry != nullptr; entry = next_entry(walk, reader)) {
    if (!is_file(entry)) continue;
    const auto name = name_of(entry);
    walk.member(name, read_member(walk, reader, name, size_of(entry)));
  }
}

/// libarchive takes a tar that ends between two members for a whole one. The end of a whole one is
/// at least two blocks of zeros.
void check_end(const Walk& walk) {
  std::ifstream file(walk.path, std::ios::binary);
  std::array<char, kTarBlock> last{};
  file.seekg(-std::streamoff(kTarBlock), std::ios::end);
  file.read(last.data(), last.size());
  const bool is_zero = file && std::ranges::all_of(last, [](char c) { return c == '\0'; });
  check<FormatError>(
      is_zero, walk.path.string(),
      ": expected a whole tar, got one without its end (two blocks of zeros): it was ",
      "cut off, or what wrote it did not close it");
}

/// Hands the bytes of one archive's current member to another archive's reader.
struct Nested {
  archive* outer;
  std::array<char, kBlock> block;
};

la_ssize_t read_nested(archive* inner, void* data, const void** block) {
  auto& nested = *static_cast<Nested*>(data);
  const auto got = archive_read_data(nested.outer, nested.block.data(), nested.block.size());
  if (got < 0) archive_set_error(inner, EIO, "%s", archive_error_string(nested.outer));
  *block = nested.block.data();
  return got;
}

/// A Debian package is an `ar` of debian-binary, control.tar.* and data.tar.* (deb(5)).
void read_package(const Walk& walk, const Archive& outer, archive_entry* entry) {
  while (entry != nullptr && !name_of(entry).starts_with("data.tar")) {
    entry = next_entry(walk, outer);
  }
  check<FormatError>(entry != nullptr, walk.path.string(), ": expected a member data.tar.*");
  const auto nested = std::make_unique<Nested>();
  nested->outer = outer.get();
  const auto inner = new_reader();
  if (archive_read_open(inner.get(), nested.get(), nullptr, read_nested, nullptr) < ARCHIVE_WARN) {
    fail(walk, inner);
  }
  read_members(walk, inner, next_entry(walk, inner));
}

}  // namespace

std::string mistaken_for_tar(const fs::path& path) {
  using std::string_view_literals::operator""sv;
  constexpr std::array<std::pair<std::string_view, const char*>, 7> kKnown = {{
      {"\x1f\x8b"sv, "one compressed by gzip: unpack it with `gzip -d`"},
      {"BZh"sv, "one compressed by bzip2: unpack it with `bzip2 -d`"},
      {"\xfd"
       "7zXZ\0"sv,
       "one compressed by xz: unpack it with `xz -d`"},
      {"\x28\xb5\x2f\xfd"sv, "one compressed by zstd: unpack it with `zstd -d`"},
      {"PK\x03\x04"sv,
       "a zip: unpack it into a folder, then `tar --sort=name -cf NAME.tar -C FOLDER .`"},
      {"7z\xbc\xaf\x27\x1c"sv,
       "a 7z: unpack it into a folder, then `tar --sort=name -cf NAME.tar -C FOLDER .`"},
      {"PAR1"sv,
       "a Parquet table: write its pictures and captions into tars, as webdataset's ShardWriter "
       "does"},
  }};
  std::array<char, 512> begin{};
  std::ifstream file(path, std::ios::binary);
  file.read(begin.data(), begin.size());
  const std::string_view bytes(begin.data(), std::size_t(file.gcount()));
  for (const auto& [magic, what] : kKnown) {
    if (bytes.starts_with(magic)) return what;
  }
  // An empty tar is zeros alone, and no byte at all an empty list.
  return bytes.empty() || bytes.front() == '\0' ? "" : mistaken_for(bytes);
}

std::uint64_t walk_tar(const fs::path& path, const OnTarMember& member) {
  const bool is_empty = fs::is_regular_file(path) && fs::file_size(path) == 0;
  const auto mistaken = is_empty ? mistaken_for("") : mistaken_for_tar(path);
  check<FormatError>(mistaken.empty(), path.string(), ": expected an uncompressed tar, got ",
                     mistaken);
  const Utf8Names names;
  const std::function<void(const std::string&, Bytes)> reads_none;
  const Walk walk{path, reads_none, 0, "a whole, uncompressed tar"};
  const auto reader = new_tar_reader();
  // No more than the headers.
  if (archive_read_open_filename(reader.get(), path.c_str(), kTarBlock) != ARCHIVE_OK) {
    fail(walk, reader);
  }
  const auto place = [&] { return std::uint64_t(archive_read_header_position(reader.get())); };
  while (auto* entry = next_entry(walk, reader)) {
    if (!is_file(entry) && !is_link(entry)) continue;
    member({.name = name_of(entry), .is_link = is_link(entry), .begin = place()});
  }
  check_end(walk);
  return place();
}

void read_tar_part(const fs::path& path, std::uint64_t begin, std::uint64_t end,
                   const OnTarMember& member) {
  check<FormatError>(begin < end && end - begin <= kMostPart, path.string(),
                     ": expected a part of at most ", kMostPart, " bytes, got ", begin, " to ",
                     end);
  Bytes part(end - begin, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(std::streamoff(begin));
  file.read(part.data(), std::streamsize(part.size()));
  check<FormatError>(bool(file), path.string(), ": expected at least ", end, " bytes");
  const Utf8Names names;
  const std::function<void(const std::string&, Bytes)> unused;
  Walk walk{path, unused, part.size() + kMostHoles, "the members of a tar"};
  const auto reader = new_tar_reader();
  if (archive_read_open_memory(reader.get(), part.data(), part.size()) != ARCHIVE_OK) {
    fail(walk, reader);
  }
  while (auto* entry = next_entry(walk, reader)) {
    if (!is_file(entry) && !is_link(entry)) continue;
    TarMember found{.name = name_of(entry),
                    .is_link = is_link(entry),
                    .begin = begin + std::uint64_t(archive_read_header_position(reader.get()))};
    if (!found.is_link) found.bytes = read_member(walk, reader, found.name, size_of(entry));
    walk.max_member -= found.bytes.size();  // of all together
    member(std::move(found));
  }
}

void read_archive(const fs::path& path,
                  const std::function<void(const std::string& name, Bytes bytes)>& member,
                  std::size_t max_member) {
  const Utf8Names names;
  const Walk walk{path, member, max_member};
  const auto reader = new_reader();
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK) {
    fail(walk, reader);
  }
  auto* entry = next_entry(walk, reader);
  const int format = archive_format(reader.get()) & ARCHIVE_FORMAT_BASE_MASK;
  if (format == ARCHIVE_FORMAT_AR) return read_package(walk, reader, entry);
  read_members(walk, reader, entry);
  if (format == ARCHIVE_FORMAT_TAR && archive_filter_code(reader.get(), 0) == ARCHIVE_FILTER_NONE) {
    check_end(walk);
  }
}

}  // namespace imagine::io
