#include "io/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sys/stat.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;

/// What the ResourceError of `action` says; empty if there is none.
template <class Action>
std::string refusal_of(const Action& action) {
  try {
    action();
  } catch (const ResourceError& error) {
    return error.what();
  }
  return {};
}

TEST(AtomicFile, AppearsWithAllItsPiecesAtTheCommit) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "f");
  file.write("one ");
  file.write("");
  file.write(std::string_view("\0two", 4));
  EXPECT_FALSE(fs::exists(folder / "f"));
  EXPECT_EQ(folder.names().size(), 1u) << "the temporary file stands in the same folder";
  file.commit();
  EXPECT_EQ(read_file(folder / "f"), Bytes("one \0two", 8));
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, WithoutACommitWhatStoodThereStays) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  {
    AtomicFile file(folder / "f");
    file.write("new");
  }
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, WritesWhatALinkLeadsTo) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "far");
  write_file(folder / "far/f", "old");
  fs::create_symlink("far/f", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "far/f"), "new");
  fs::create_symlink("nowhere/f", folder / "dangling");
  write_file(folder / "dangling", "whole");
  EXPECT_EQ(read_file(folder / "dangling"), "whole");
}

TEST(AtomicFile, CommitsAFileOfNothing) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  AtomicFile(folder / "f").commit();
  EXPECT_EQ(read_file(folder / "f"), "");
}

TEST(AtomicFile, TwoWritersOfOnePathDoNotMix) {
  const TemporaryFolder folder;
  AtomicFile first(folder / "f"), second(folder / "f");
  first.write("first");
  second.write("2nd");
  second.commit();
  EXPECT_EQ(read_file(folder / "f"), "2nd");
  first.commit();
  EXPECT_EQ(read_file(folder / "f"), "first");
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, ReadersOfTheOldFileKeepIt) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  const MappedFile mapped(folder / "f");
  AtomicFile file(folder / "f");
  file.write("new");
  file.commit();
  EXPECT_EQ(char(mapped.bytes()[0]), 'o');
}

TEST(AtomicFile, HasThePermissionsOfANewFile) {
  const TemporaryFolder folder;
  const auto before = umask(027);
  AtomicFile(folder / "f").commit();
  umask(before);
  EXPECT_EQ(fs::status(folder / "f").permissions(), fs::perms(0640));
}

TEST(AtomicFile, NeedsItsFolder) {
  const TemporaryFolder folder;
  const auto path = folder / "missing" / "f";
  EXPECT_EQ(refusal_of([&] { AtomicFile file(path); }),
            path.string() + ": cannot create: No such file or directory");
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(AtomicFile, CannotReplaceAFolderAndLeavesNothing) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "f");
  std::optional<AtomicFile> file(std::in_place, folder / "f");
  EXPECT_THAT(
      refusal_of([&] { file->commit(); }),
      AllOf(StartsWith((folder / "f").string()), EndsWith("cannot replace: Is a directory")));
  file.reset();
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, ReplacesNoPipeAlsoBehindALink) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder / "link.png");
  for (const auto* name : {"pipe", "link.png"}) {
    EXPECT_THROW(AtomicFile(folder / name), ResourceError) << name;
  }
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_EQ(folder.names().size(), 2U);
}

TEST(AtomicFile, IsOverAfterTheCommit) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "f");
  file.write("x");
  file.commit();
  EXPECT_THAT(refusal_of([&] { file.write("y"); }), testing::HasSubstr("cannot write"));
  EXPECT_THAT(refusal_of([&] { file.commit(); }), testing::HasSubstr("cannot write"));
  EXPECT_EQ(read_file(folder / "f"), "x");
}

}  // namespace
}  // namespace imagine::io
