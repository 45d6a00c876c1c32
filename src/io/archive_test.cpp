#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <locale.h>
#include <vector>

#include "core/random.h"
#include "imagine/error.h"
#include "io/tar.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Entry {
  std::string name;
  std::string bytes;
  unsigned type = AE_IFREG;
  std::string hard_link{};
};

struct Kind {
  int (*format)(archive*);
  int (*filter)(archive*) = archive_write_add_filter_none;
};

void write_entries(const fs::path& path, const Kind& kind, const std::vector<Entry>& entries) {
  auto* writer = archive_write_new();
  kind.format(writer);
  kind.filter(writer);
  archive_write_open_filename(writer, path.c_str());
  for (const Entry& given : entries) {
    auto* entry = archive_entry_new();
    archive_entry_set_pathname(entry, given.name.c_str());
    archive_entry_set_filetype(entry, given.type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, la_int64_t(given.bytes.size()));
    if (given.type == AE_IFLNK) archive_entry_set_symlink(entry, "/etc/passwd");
    if (!given.hard_link.empty()) archive_entry_set_hardlink(entry, given.hard_link.c_str());
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK) << archive_error_string(writer);
    archive_write_data(writer, given.bytes.data(), given.bytes.size());
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK) << archive_error_string(writer);
  archive_write_free(writer);
}

std::vector<std::string> texts_of(const fs::path& path, std::size_t max_member = 1 << 20) {
  std::vector<std::string> texts;
  read_archive(
      path,
      [&](const std::string& name, const Bytes& bytes) { texts.push_back(name + "=" + bytes); },
      max_member);
  return texts;
}

/// What the refusal says; empty if the archive is taken.
std::string refusal_of(const fs::path& path, std::size_t max_member = 1 << 20) {
  try {
    texts_of(path, max_member);
  } catch (const FormatError& error) {
    return error.what();
  }
  return {};
}

TEST(Archive, ReadsEveryFilterThatPackagesUse) {
  const TemporaryFolder folder;
  for (const auto filter : {archive_write_add_filter_gzip, archive_write_add_filter_bzip2,
                            archive_write_add_filter_xz, archive_write_add_filter_zstd}) {
    write_entries(folder / "t", {archive_write_set_format_ustar, filter}, {{"a", "1"}, {"b", "2"}});
    EXPECT_THAT(texts_of(folder / "t"), ElementsAre("a=1", "b=2"));
  }
}

TEST(Archive, HandsOverRegularFilesOnly) {
  const TemporaryFolder folder;
  write_entries(folder / "t.tar", {archive_write_set_format_ustar},
                {{"folder/", "", AE_IFDIR},
                 {"folder/file", "1"},
                 {"soft", "", AE_IFLNK},
                 {"hard", "", AE_IFREG, "folder/file"},
                 {"pipe", "", AE_IFIFO},
                 {"last", "2"}});
  EXPECT_THAT(texts_of(folder / "t.tar"), ElementsAre("folder/file=1", "last=2"));
}

TEST(WalkTar, TellsLinksFromFiles) {
  const TemporaryFolder folder;
  const auto path = folder / "t.tar";
  for (const auto format : {archive_write_set_format_ustar, archive_write_set_format_gnutar,
                            archive_write_set_format_pax}) {
    write_entries(path, {format},
                  {{"folder/", "", AE_IFDIR},
                   {"file", "1"},
                   {"soft", "", AE_IFLNK},
                   {"hard", "", AE_IFREG, "file"},
                   {"pipe", "", AE_IFIFO},
                   {"last", "2"}});
    std::vector<std::string> walked, read;
    const auto end = walk_tar(path, [&](const TarMember& member) {
      walked.push_back(member.name + (member.is_link ? " links" : ""));
    });
    EXPECT_THAT(walked, ElementsAre("file", "soft links", "hard links", "last"));
    read_tar_part(path, 0, end, [&](const TarMember& member) {
      read.push_back(member.name + (member.is_link ? " links" : "=" + member.bytes));
    });
    EXPECT_THAT(read, ElementsAre("file=1", "soft links", "hard links", "last=2"));
  }
}

TEST(Archive, HandsOverNamesAsTheyStand) {
  const TemporaryFolder folder;
  write_entries(folder / "t.tar", {archive_write_set_format_ustar},
                {{"../../up", "1"}, {"/root", "2"}, {"same", "3"}, {"same", "4"}});
  EXPECT_THAT(texts_of(folder / "t.tar"), ElementsAre("../../up=1", "/root=2", "same=3", "same=4"));
}

TEST(Archive, ATarOfNothingHasNoMembers) {
  const TemporaryFolder folder;
  write_file(folder / "t.tar", std::string(1024, '\0'));
  EXPECT_THAT(texts_of(folder / "t.tar"), IsEmpty());
}

TEST(Archive, RefusesATarThatEndsBetweenTwoMembers) {
  const TemporaryFolder folder;
  write_entries(folder / "t.tar", {archive_write_set_format_ustar}, {{"a", "1"}, {"b", "2"}});
  fs::resize_file(folder / "t.tar", 2 * 512);
  EXPECT_THAT(refusal_of(folder / "t.tar"), HasSubstr("t.tar: expected a whole tar"));
}

TEST(Archive, RefusesASmallFileThatUnpacksToALargeMember) {
  const TemporaryFolder folder;
  write_entries(folder / "t.tgz", {archive_write_set_format_ustar, archive_write_add_filter_gzip},
                {{"small", "1"}, {"bomb", std::string(1 << 20, '\0')}});
  ASSERT_LT(fs::file_size(folder / "t.tgz"), 5000u);
  EXPECT_THAT(refusal_of(folder / "t.tgz", (1 << 20) - 1),
              AllOf(HasSubstr("t.tgz: bomb: "), HasSubstr("at most 1048575 bytes")));
  EXPECT_EQ(refusal_of(folder / "t.tgz", 1 << 20), "");
}

TEST(Archive, RefusesAZipWithADamagedMember) {
  const TemporaryFolder folder;
  Random random(1);
  std::string noise;
  for (int i = 0; i < 5000; ++i) noise += char(random.bits());
  write_entries(folder / "t.zip", {archive_write_set_format_zip}, {{"a", noise}});
  EXPECT_EQ(refusal_of(folder / "t.zip", 5000), "");
  EXPECT_THAT(refusal_of(folder / "t.zip", 4999), HasSubstr("at most 4999 bytes"));
  auto bytes = read_file(folder / "t.zip");
  bytes[bytes.size() / 2] = char(~bytes[bytes.size() / 2]);
  write_file(folder / "t.zip", bytes);
  EXPECT_THAT(refusal_of(folder / "t.zip"), HasSubstr("t.zip: expected a whole archive"));
}

TEST(Archive, RefusesFormatsThatNoPackageUses) {
  const TemporaryFolder folder;
  for (const auto format : {archive_write_set_format_cpio_newc, archive_write_set_format_7zip,
                            archive_write_set_format_warc}) {
    write_entries(folder / "t", {format}, {{"a", "1"}});
    EXPECT_THAT(refusal_of(folder / "t"), HasSubstr("t: expected a whole archive, got: "));
  }
  write_entries(folder / "t", {archive_write_set_format_ustar, archive_write_add_filter_uuencode},
                {{"a", "1"}});
  EXPECT_THAT(refusal_of(folder / "t"), HasSubstr("expected a whole archive"));
}

TEST(Archive, APackageWithoutDataIsRefusedByName) {
  const TemporaryFolder folder;
  write_entries(folder / "p.deb", {archive_write_set_format_ar_svr4},
                {{"debian-binary", "2.0\n"}, {"control.tar.xz", "c"}});
  EXPECT_THAT(refusal_of(folder / "p.deb"), HasSubstr("p.deb: expected a member data.tar.*"));
  write_entries(folder / "p.deb", {archive_write_set_format_ar_svr4},
                {{"debian-binary", "2.0\n"}, {"data.tar.xz", "no archive"}});
  EXPECT_THAT(refusal_of(folder / "p.deb"), HasSubstr("p.deb: expected a whole archive"));
}

TEST(Archive, LeavesTheLocaleOfTheThread) {
  const TemporaryFolder folder;
  write_entries(folder / "t.tar", {archive_write_set_format_ustar}, {{"a", "1"}});
  const auto mine = newlocale(LC_ALL_MASK, "C", nullptr);
  const auto before = uselocale(mine);
  texts_of(folder / "t.tar");
  EXPECT_EQ(uselocale(nullptr), mine);
  refusal_of(folder / "missing");
  EXPECT_EQ(uselocale(nullptr), mine);
  uselocale(before);
  freelocale(mine);
}

}  // namespace
}  // namespace imagine::io
