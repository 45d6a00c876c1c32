#include "io/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "core/check.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using Members = std::vector<std::pair<std::string, Bytes>>;

const Members kMembers{
    {"0001.png", Bytes("\0\1\2", 3)},
    {"0001.txt", "una mela è rossa"},
    {"empty", ""},
    {"block", std::string(512, 'b')},
    {"caffè/猫.txt", "x"},
    {std::string(100, 'n'), "hundred"},
    {std::string(150, 'd') + "/" + std::string(100, 'n'), "longest"},
};

Members read_all(const fs::path& path, std::size_t max_member = 1 << 20) {
  Members members;
  const auto keep = [&](const std::string& name, Bytes bytes) {
    members.emplace_back(name, std::move(bytes));
  };
  read_archive(path, keep, max_member);
  return members;
}

void write_tar(const fs::path& path, const Members& members) {
  TarWriter writer(path);
  for (const auto& [name, bytes] : members) writer.add(name, bytes);
  writer.finish();
}

/// Cuts the file shorter and shorter: `first` bytes, then `step` at a time.
void expect_prefixes_refused(const fs::path& path, std::size_t first, std::size_t step) {
  const auto whole = fs::file_size(path);
  for (std::size_t cut = first; cut <= whole; cut += step) {
    fs::resize_file(path, whole - cut);
    EXPECT_THROW(read_all(path), FormatError) << whole - cut << " of " << whole;
  }
}

/// An archive by libarchive, of the kind that `configure` chooses.
template <class Configure>
void write_foreign(const fs::path& path, const Members& members, const Configure& configure) {
  auto* writer = archive_write_new();
  configure(writer);
  archive_write_open_filename(writer, path.c_str());
  auto* entry = archive_entry_new();
  for (const auto& [name, bytes] : members) {
    archive_entry_clear(entry);
    archive_entry_set_pathname_utf8(entry, name.c_str());
    archive_entry_copy_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, la_int64_t(bytes.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
  }
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
}

TEST(Tar, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  write_tar(folder / "t.tar", kMembers);
  EXPECT_EQ(read_all(folder / "t.tar"), kMembers);
}

TEST(Tar, GivesEqualBytesForEqualInput) {
  const TemporaryFolder folder;
  write_tar(folder / "a.tar", kMembers);
  write_tar(folder / "b.tar", kMembers);
  EXPECT_EQ(read_file(folder / "a.tar"), read_file(folder / "b.tar"));
}

TEST(Tar, AppearsOnlyWhenFinished) {
  const TemporaryFolder folder;
  {
    TarWriter writer(folder / "t.tar");
    writer.add("a", "1");
    EXPECT_FALSE(fs::exists(folder / "t.tar"));
  }
  EXPECT_TRUE(folder.names().empty());
}

TEST(Tar, RefusesNamesThatDoNotFit) {
  const TemporaryFolder folder;
  TarWriter writer(folder / "t.tar");
  EXPECT_THROW(writer.add("", "x"), InputError);
  EXPECT_THROW(writer.add(std::string(101, 'n'), "x"), InputError);
  EXPECT_THROW(writer.add(std::string(156, 'd') + "/n", "x"), InputError);
  EXPECT_THROW(writer.add(std::string(120, 'd') + "/", "x"), InputError);
}

TEST(Tar, RefusesEveryPrefix) {
  const TemporaryFolder folder;
  write_tar(folder / "t.tar", {{"a.txt", std::string(700, 'a')}, {"b", "2"}});
  expect_prefixes_refused(folder / "t.tar", 1024, 16);
}

TEST(Tar, RefusesAMemberOverTheLimit) {
  const TemporaryFolder folder;
  write_tar(folder / "t.tar", {{"big", std::string(1000, 'x')}});
  EXPECT_NO_THROW(read_all(folder / "t.tar", 1000));
  EXPECT_THROW(read_all(folder / "t.tar", 999), FormatError);
}

TEST(Tar, RefusesWhatIsNoArchive) {
  const TemporaryFolder folder;
  write_file(folder / "f", std::string(5000, 'x'));
  write_file(folder / "empty", "");
  EXPECT_THROW(read_all(folder / "f"), FormatError);
  EXPECT_THROW(read_all(folder / "empty"), FormatError);
  EXPECT_THROW(read_all(folder / "missing"), FormatError);
  EXPECT_THROW(read_all(folder.path()), FormatError);
}

TEST(Tar, PassesOnWhatTheCallerThrows) {
  const TemporaryFolder folder;
  write_tar(folder / "t.tar", kMembers);
  const auto stop = [](const std::string&, const Bytes&) { throw Interrupted("enough"); };
  EXPECT_THROW(read_archive(folder / "t.tar", stop), Interrupted);
}

TEST(Archive, ReadsCompressedTar) {
  const TemporaryFolder folder;
  write_foreign(folder / "t.tgz", kMembers, [](archive* writer) {
    archive_write_set_format_pax_restricted(writer);
    archive_write_add_filter_gzip(writer);
  });
  EXPECT_EQ(read_all(folder / "t.tgz"), kMembers);
  expect_prefixes_refused(folder / "t.tgz", 9, 3);
}

TEST(Archive, KeepsNamesThatAZipSaysAreUtf8) {
  const TemporaryFolder folder;
  write_foreign(folder / "t.zip", {{"caffe/猫.txt", "x"}}, [](archive* writer) {
    archive_write_set_format_zip(writer);
    archive_write_set_options(writer, "zip:compression=store");
  });
  auto bytes = read_file(folder / "t.zip");
  constexpr char kUtf8Flag = 0x08;  // bit 11 of the flags, APPNOTE 4.4.4
  bytes[bytes.find("PK\x03\x04") + 7] |= kUtf8Flag;
  bytes[bytes.find("PK\x01\x02") + 9] |= kUtf8Flag;
  write_file(folder / "t.zip", bytes);
  EXPECT_EQ(read_all(folder / "t.zip"), (Members{{"caffe/猫.txt", "x"}}));
}

TEST(Archive, ReadsZip) {
  const TemporaryFolder folder;
  write_foreign(folder / "t.zip", kMembers, archive_write_set_format_zip);
  EXPECT_EQ(read_all(folder / "t.zip"), kMembers);
  const auto bytes = read_file(folder / "t.zip");
  write_file(folder / "half.zip", std::string_view(bytes).substr(0, bytes.size() / 2));
  EXPECT_THROW(read_all(folder / "half.zip"), FormatError);
}

TEST(Archive, ReadsTheDataOfADebianPackage) {
  const TemporaryFolder folder;
  write_foreign(folder / "data.tar.xz", kMembers, [](archive* writer) {
    archive_write_set_format_gnutar(writer);
    archive_write_add_filter_xz(writer);
  });
  const auto data = read_file(folder / "data.tar.xz");
  write_foreign(folder / "p.deb",
                {{"debian-binary", "2.0\n"}, {"control.tar.xz", "c"}, {"data.tar.xz", data}},
                archive_write_set_format_ar_svr4);
  EXPECT_EQ(read_all(folder / "p.deb"), kMembers);
  expect_prefixes_refused(folder / "p.deb", 17, 7);
  write_foreign(folder / "none.deb", {{"debian-binary", "2.0\n"}},
                archive_write_set_format_ar_svr4);
  EXPECT_THROW(read_all(folder / "none.deb"), FormatError);
}

TEST(WalkTar, TellsWhereEachPartBegins) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.tar";
  write_tar(path, kMembers);
  std::vector<std::uint64_t> places;
  std::vector<std::string> names;
  const auto end = walk_tar(path, [&](const std::string& name, std::uint64_t begin) {
    names.push_back(name), places.push_back(begin);
  });
  places.push_back(end);
  ASSERT_EQ(names.size(), kMembers.size());
  for (std::size_t first = 0; first < kMembers.size(); ++first) {
    EXPECT_EQ(names[first], kMembers[first].first);
    for (auto last = first + 1; last <= kMembers.size(); ++last) {
      Members part;
      read_tar_part(path, places[first], places[last], [&](const std::string& name, Bytes bytes) {
        part.emplace_back(name, std::move(bytes));
      });
      EXPECT_EQ(part, Members(kMembers.begin() + std::ptrdiff_t(first),
                              kMembers.begin() + std::ptrdiff_t(last)));
    }
  }
}

TEST(WalkTar, RefusesWhatIsNoWholeUncompressedTar) {
  const TemporaryFolder folder;
  const auto ignore = [](const std::string&, std::uint64_t) {};
  const auto path = folder / "shard.tar";
  write_tar(path, kMembers);
  const auto whole = fs::file_size(path);
  for (std::uintmax_t cut = 1024; cut < whole; cut += 512) {
    fs::resize_file(path, whole - cut);
    EXPECT_THROW(walk_tar(path, ignore), FormatError) << cut;
  }
  write_file(folder / "text.tar", "no tar at all, but long enough to look at");
  EXPECT_THROW(walk_tar(folder / "text.tar", ignore), FormatError);
  EXPECT_THROW(walk_tar(folder / "nowhere.tar", ignore), FormatError);
}

TEST(ReadTarPart, RefusesAPlaceThatIsNotThere) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.tar";
  write_tar(path, kMembers);
  const auto ignore = [](const std::string&, const Bytes&) {};
  EXPECT_THROW(read_tar_part(path, 0, fs::file_size(path) + 512, ignore), FormatError);
  EXPECT_THROW(read_tar_part(path, 512, 512, ignore), FormatError);
}

}  // namespace
}  // namespace imagine::io
