#include "io/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/random.h"
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
    {std::string(150, 'd') + "/" + std::string(100, 'n'), "longest of ustar"},
    {std::string(101, 'n') + ".jpg", "longer"},
    {std::string(500, 'd') + "/è/" + std::string(500, 'n'), "much longer"},
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

TEST(Tar, WritesWhatPythonsTarfileWrites) {
  const TemporaryFolder folder;
  TarWriter writer(folder / "t.tar");
  for (const auto& each : {std::string("0001.txt"), std::string(100, 'a'), std::string(101, 'a'),
                           std::string(200, 'b') + "/" + std::string(99, 'c') + ".jpg"}) {
    writer.add(each, concat('<', each.substr(each.size() - 4), '>'));
  }
  writer.finish();
  EXPECT_EQ(read_file(folder / "t.tar"),
            read_file(IMAGINE_SOURCE_DIR "/tests/data/tars/as-we-write.tar"));
}

/// Of 1 to 700 bytes with slashes here and there, some of them no UTF-8.
std::string random_name(Random& random) {
  std::string name;
  const int size = 1 + random.below(random.below(2) ? 120 : 700);
  for (int i = 0; i < size; ++i) {
    const bool ends = name.empty() || name.back() == '/' || i + 1 == size;
    name += !ends && random.below(30) == 0 ? '/' : char('a' + random.below(26));
  }
  if (random.below(4) == 0) name[name.size() / 2] = '\xE8';
  return name;
}

TEST(Tar, WritesNamesOfAnyLength) {
  Random random(1);
  Members members;
  for (int i = 0; i < 300; ++i) members.emplace_back(random_name(random), std::to_string(i));
  const TemporaryFolder folder;
  write_tar(folder / "t.tar", members);
  EXPECT_EQ(read_all(folder / "t.tar"), members);
}

TEST(Tar, RefusesNamesThatNoFileHas) {
  const TemporaryFolder folder;
  TarWriter writer(folder / "t.tar");
  for (const auto& name : {std::string(), std::string("folder/"), std::string(120, 'd') + "/",
                           std::string("a\0b", 3), std::string((1 << 16) + 1, 'n')}) {
    EXPECT_THROW(writer.add(name, "x"), InputError) << name.substr(0, 20);
  }
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

/// Where each member begins, and where the last ends.
std::vector<std::uint64_t> places_in(const fs::path& path) {
  std::vector<std::uint64_t> places;
  const auto end = walk_tar(path, [&](const TarMember& member) { places.push_back(member.begin); });
  places.push_back(end);
  return places;
}

Members read_part(const fs::path& path, std::uint64_t begin, std::uint64_t end) {
  Members part;
  read_tar_part(path, begin, end, [&](TarMember member) {
    part.emplace_back(std::move(member.name), std::move(member.bytes));
  });
  return part;
}

void expect_parts(const fs::path& path, const Members& members) {
  const auto places = places_in(path);
  ASSERT_EQ(places.size(), members.size() + 1);
  for (std::size_t first = 0; first < members.size(); ++first) {
    for (auto last = first + 1; last <= members.size(); ++last) {
      EXPECT_EQ(
          read_part(path, places[first], places[last]),
          Members(members.begin() + std::ptrdiff_t(first), members.begin() + std::ptrdiff_t(last)));
    }
  }
}

TEST(WalkTar, TellsWhereEachPartBegins) {
  const TemporaryFolder folder;
  write_tar(folder / "shard.tar", kMembers);
  expect_parts(folder / "shard.tar", kMembers);
  write_foreign(folder / "gnu.tar", kMembers, archive_write_set_format_gnutar);
  expect_parts(folder / "gnu.tar", kMembers);
  write_foreign(folder / "pax.tar", kMembers, archive_write_set_format_pax);
  expect_parts(folder / "pax.tar", kMembers);
}

TEST(WalkTar, ReadsTarsAfterOneAnotherToTheLast) {
  const TemporaryFolder folder;
  const auto path = folder / "all.tar";
  Members all;
  Bytes bytes;
  for (int i = 0; i < 3; ++i) {
    const Members some = {{concat(i, ".jpg"), "picture"}, {concat(i, ".txt"), "words"}};
    write_foreign(folder / "one.tar", some, archive_write_set_format_ustar);
    bytes += read_file(folder / "one.tar") + Bytes(std::size_t(i) * 512, '\0');
    all.insert(all.end(), some.begin(), some.end());
  }
  write_file(path, bytes);
  expect_parts(path, all);
  EXPECT_EQ(read_all(path), all);
  for (const auto& more : {Bytes(512, 'x'), Bytes(3, '\n')}) {
    write_file(path, bytes + more);
    EXPECT_THROW(places_in(path), FormatError);
    EXPECT_THROW(read_all(path), FormatError);
  }
}

TEST(WalkTar, RefusesABrokenHeaderInTheMiddle) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.tar";
  write_tar(path, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  auto bytes = read_file(path);
  bytes[1024] = char(bytes[1024] ^ 1);  // in the name of the second, whose sum is now wrong
  write_file(path, bytes);
  EXPECT_THROW(places_in(path), FormatError);
  EXPECT_THROW(read_all(path), FormatError);
  EXPECT_THROW(read_part(path, 0, 3072), FormatError);
}

TEST(WalkTar, RefusesWhatIsNoWholeUncompressedTar) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.tar";
  write_tar(path, kMembers);
  const auto whole = fs::file_size(path);
  for (std::uintmax_t cut = 1024; cut < whole; cut += 512) {
    fs::resize_file(path, whole - cut);
    EXPECT_THROW(places_in(path), FormatError) << cut;
  }
  write_file(folder / "text.tar", "no tar at all, but long enough to look at");
  EXPECT_THROW(places_in(folder / "text.tar"), FormatError);
  EXPECT_THROW(places_in(folder / "nowhere.tar"), FormatError);
}

TEST(WalkTar, SaysWhatAFileIsInstead) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.tar";
  const auto refusal = [&] {
    try {
      places_in(path);
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using Filter = int (*)(archive*);
  for (const auto& [filter, name] :
       {std::pair<Filter, const char*>{archive_write_add_filter_gzip, "gzip -d"},
        {archive_write_add_filter_bzip2, "bzip2 -d"},
        {archive_write_add_filter_xz, "xz -d"},
        {archive_write_add_filter_zstd, "zstd -d"}}) {
    write_foreign(path, kMembers, [&](archive* writer) {
      archive_write_set_format_ustar(writer);
      filter(writer);
    });
    EXPECT_NE(refusal().find(name), std::string::npos) << refusal();
  }
  write_foreign(path, kMembers, archive_write_set_format_zip);
  EXPECT_NE(refusal().find("a zip"), std::string::npos) << refusal();
  write_file(path, "PAR1 and more");
  EXPECT_NE(refusal().find("Parquet"), std::string::npos) << refusal();
  write_file(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  EXPECT_NE(refusal().find("git lfs pull"), std::string::npos) << refusal();
  write_file(path, "");
  EXPECT_NE(refusal().find("an empty file"), std::string::npos) << refusal();
  write_file(path, "<!DOCTYPE html><title>Sign in</title>");
  EXPECT_NE(refusal().find("a page that a server sent"), std::string::npos) << refusal();
}

TEST(ReadTarPart, RefusesAPlaceThatIsNotThere) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.tar";
  write_tar(path, kMembers);
  EXPECT_THROW(read_part(path, 0, fs::file_size(path) + 512), FormatError);
  EXPECT_THROW(read_part(path, 512, 512), FormatError);
}

}  // namespace
}  // namespace imagine::io
