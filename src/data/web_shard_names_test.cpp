#include "data/web_shard_names.h"

#include <gmock/gmock.h>

#include "core/check.h"
#include "io/json_file.h"
#include "io/tar.h"
#include "io/temporary_folder.h"

namespace imagine::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ExpandBraces, DoesAsBraceexpand) {
  const auto expected = io::read_json(IMAGINE_SOURCE_DIR "/tests/data/tars/braces.json");
  ASSERT_GE(expected.size(), 80);
  for (const auto& [pattern, names] : expected.items()) {
    if (names.is_null()) {
      EXPECT_THROW(expand_braces(pattern), InputError) << pattern;
    } else {
      EXPECT_EQ(expand_braces(pattern), names.get<std::vector<std::string>>()) << pattern;
    }
  }
}

TEST(ExpandBraces, RefusesTooMany) {
  for (const auto& pattern : {std::string("{0..1000000}"), std::string("{1..999}{1..999}{1..999}"),
                              std::string("{-999999999999999999..999999999999999999}"),
                              std::string(200, '{') + "a,b" + std::string(200, '}')}) {
    EXPECT_THROW(expand_braces(pattern), InputError) << pattern;
  }
  EXPECT_EQ(expand_braces("{1..1000000}").size(), 1'000'000);
}

class FindWebShards : public testing::Test {
 protected:
  io::fs::path write(const std::string& name) const {
    const auto path = folder_ / name;
    io::fs::create_directories(path.parent_path());
    io::TarWriter tar(path);
    tar.add("1.txt", "one");
    tar.finish();
    return path;
  }

  void write_text(const std::string& name, const std::string& text) const {
    io::fs::create_directories((folder_ / name).parent_path());
    io::write_file(folder_ / name, text);
  }

  std::vector<io::fs::path> found(const std::vector<std::string>& names) const {
    std::vector<std::string> paths;
    for (const auto& name : names) paths.push_back((folder_ / name).string());
    return find_web_shards(paths);
  }

  void expect_refused(const std::string& name, const std::string& message) const {
    EXPECT_THAT([&] { found({name}); }, ThrowsMessage<InputError>(HasSubstr(message))) << name;
  }

  io::TemporaryFolder folder_;
};

TEST_F(FindWebShards, ByNameInFoldersAndInLists) {
  const auto b = write("some/b.tar"), a = write("some/a.tar"), c = write("c.tar");
  write("some/._a.tar"), write_text("some/a.json", "{}"), write_text("some/list.txt", "x");
  const auto upper = write("D.TAR"), none = write("shard-000");
  write_text("list.txt", "# of mine\n\nc.tar\n some \r\n");
  EXPECT_THAT(found({"some"}), ElementsAre(a, b));
  EXPECT_THAT(found({"list.txt", "some/b.tar"}), ElementsAre(c, a, b, b));
  EXPECT_THAT(found({"D.TAR", "shard-000"}), ElementsAre(upper, none));
  expect_refused("nothing", "found nothing");
  write_text("self.txt", "self.txt\n");
  expect_refused("self.txt", "self.txt: expected .tar files and folders in a list");
  write_text("void.txt", "# none\n");
  expect_refused("void.txt", "the list is empty");
}

TEST_F(FindWebShards, ByBraces) {
  std::vector<io::fs::path> all;
  for (const char* name : {"s-008.tar", "s-009.tar", "s-010.tar"}) all.push_back(write(name));
  const auto literal = write("{a,b}.tar"), t = write("t/1.tar");
  EXPECT_EQ(found({"s-{008..010}.tar"}), all);
  EXPECT_THAT(found({"{s-010,t/1}.tar"}), ElementsAre(all[2], t));
  EXPECT_THAT(found({"{a,b}.tar"}), ElementsAre(literal));  // it is there
  write_text("list", "s-{008..009}.tar\n{t,t}\n");
  EXPECT_THAT(found({"list"}), ElementsAre(all[0], all[1], t, t));
  expect_refused("s-{008..011}.tar", "s-011.tar: expected");
  expect_refused("s-{008.tar", "braces that close");
  // As a command line's list cuts it.
  EXPECT_THAT(find_web_shards({(folder_ / "{s-010").string(), "t/1}.tar", t.string()}),
              ElementsAre(all[2], t, t));
}

TEST_F(FindWebShards, ByWildcards) {
  const auto a = write("x/a1.tar"), b = write("x/a2.tar"), deep = write("x/y/z/a1.tar");
  write("x/.hidden/a1.tar"), write("x/._a1.tar");
  write_text("x/a1.json", "{}"), write_text("x/a1_stats.json", "{}");
  EXPECT_THAT(found({"x/*.tar"}), ElementsAre(a, b));
  EXPECT_THAT(found({"x/a[2-9].t?r"}), ElementsAre(b));
  EXPECT_THAT(found({"x/a1*"}), ElementsAre(a));
  EXPECT_THAT(found({"x/**/a1.tar"}), ElementsAre(a, deep));
  EXPECT_THAT(found({"x/**"}), ElementsAre(a, b, deep));
  EXPECT_THAT(found({"**/a{1,2}.tar"}), ElementsAre(a, deep, b));
  EXPECT_THAT(found({"*"}), ElementsAre(a, b));  // of the folder x
  EXPECT_THAT(found({"x/*/z"}), ElementsAre(deep));
  expect_refused("x/b*.tar", "found none that match");
  expect_refused("x/a1*.json", "expected shards, found ");
  const auto other = write("x/b1.tarball");
  EXPECT_THAT(found({"x/b*"}), ElementsAre(other));
  write_text("x/list", "**/z\n*2.tar\n");
  EXPECT_THAT(found({"x/list"}), ElementsAre(deep, b));
}

TEST_F(FindWebShards, WhatIsNoTarIsRefusedWithWhatToDo) {
  const std::string gzip = "\x1f\x8b and more", zstd = "\x28\xb5\x2f\xfd and more";
  write_text("a.tar.gz", gzip), write_text("b.tgz", gzip), write_text("c.tar.zst", zstd);
  write_text("d.tar.bz2", "BZh9"), write_text("e.zip", "PK\x03\x04"),
      write_text("f.parquet", "PAR1");
  for (const auto& [name, todo] : {std::pair{"a.tar.gz", "`gzip -d`"},
                                   {"b.tgz", "`gzip -d`"},
                                   {"c.tar.zst", "`zstd -d`"},
                                   {"d.tar.bz2", "`bzip2 -d`"},
                                   {"e.zip", "a zip: unpack it"},
                                   {"f.parquet", "a Parquet table"},
                                   {"*.tar.*", "a.tar.gz: expected an uncompressed tar"},
                                   {"?.zip", "a zip: unpack it"},
                                   {"{b,c}.tgz", "`gzip -d`"}}) {
    expect_refused(name, todo);
  }
  write_text("list", "c.tar.zst\n");
  expect_refused("list", "`zstd -d`");
  write_text("g.tar.gz", "");
  expect_refused("g.tar.gz", "that is compressed");
  write_text("photo.jpg", "\xFF\xD8\xFF");
  expect_refused("photo.jpg", "got another file");
  EXPECT_THAT([] { find_web_shards({"https://example.org/0.tar"}); },
              ThrowsMessage<InputError>(HasSubstr("download them first")));
}

TEST_F(FindWebShards, AFolderLosesNothingInSilence) {
  write_text("one/a.tar.gz", "\x1f\x8b and more");
  const auto b = write("one/b.tar");
  expect_refused("one", "a.tar.gz: expected an uncompressed tar");
  expect_refused("one/*", "a.tar.gz: expected an uncompressed tar");
  const auto a = write("one/a.tar");  // gzip -dk leaves both
  EXPECT_THAT(found({"one"}), ElementsAre(a, b));
  io::fs::create_directory(folder_ / "bare");
  expect_refused("bare", "found none");
  write_text("photos/1.jpg", "x"), write_text("photos/2.PNG", "x"), write_text("photos/2.txt", "x");
  expect_refused("photos", "found none but 2 pictures: `tar --sort=name -cf");
}

}  // namespace
}  // namespace imagine::data
