#include "io/file.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/check.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

TEST(File, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  const Bytes bytes("a\0b\n\xff", 5);
  write_file(folder / "f", bytes);
  EXPECT_EQ(read_file(folder / "f"), bytes);
  const MappedFile mapped(folder / "f");
  EXPECT_EQ(Bytes(reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size()),
            bytes);
}

TEST(File, ReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  write_file(folder / "f", "new");
  EXPECT_EQ(read_file(folder / "f"), "new");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"f"});
}

TEST(File, TakesTheLongestName) {
  const TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file(folder / name, "x");
  EXPECT_EQ(read_file(folder / name), "x");
}

TEST(File, WritesIntoTheCurrentFolder) {
  const TemporaryFolder folder;
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  write_file("plain", "x");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder / "plain"), "x");
}

TEST(File, NamesThePathThatCannotBeRead) {
  const TemporaryFolder folder;
  for (const auto& path : {folder / "missing", folder.path()}) {
    try {
      read_file(path);
      FAIL() << path;
    } catch (const FormatError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(path.string())) << error.what();
    }
    EXPECT_THROW(MappedFile{path}, FormatError);
  }
}

TEST(File, MapsAnEmptyFile) {
  const TemporaryFolder folder;
  write_file(folder / "empty", "");
  EXPECT_EQ(MappedFile(folder / "empty").bytes().size(), 0u);
  EXPECT_EQ(read_file(folder / "empty"), "");
}

TEST(File, ReadsWhatHasNoSize) { EXPECT_FALSE(read_file("/proc/self/status").empty()); }

TEST(File, ReadsNoMoreThanItMay) {
  const TemporaryFolder folder;
  write_file(folder / "f", "twelve bytes");
  EXPECT_EQ(read_file(folder / "f", 12).size(), 12U);
  EXPECT_THROW(read_file(folder / "f", 11), FormatError);
  EXPECT_THROW(read_file("/proc/self/status", 11), FormatError);  // which has no size
}

TEST(File, RefusesAMissingFolder) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_file(folder / "missing" / "f", "x"), ResourceError);
}

TEST(File, CannotReplaceAFolder) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "taken");
  EXPECT_THROW(write_file(folder / "taken", "x"), ResourceError);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"taken"});
}

/// A limit on the size of files stands for a full disk: write() fails in the same way.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(File, KeepsTheOldContentWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  {
    const FullDisk disk(1000);
    try {
      write_file(folder / "f", std::string(5000, 'x'));
      FAIL();
    } catch (const ResourceError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with((folder / "f").string() + ": cannot write"))
          << error.what();
    }
  }
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"f"});
}

}  // namespace
}  // namespace imagine::io
