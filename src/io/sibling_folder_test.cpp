#include "io/sibling_folder.h"

#include <gtest/gtest.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

TEST(SiblingFolder, IsGoneUnlessItWasRenamed) {
  const TemporaryFolder folder;
  const auto target = folder / "model";
  {
    const SiblingFolder filled(target, "new");
    write_file(filled.path() / "file", "x");
    EXPECT_EQ(filled.path().parent_path(), folder.path());
  }
  EXPECT_TRUE(folder.names().empty());
  {
    const SiblingFolder filled(target, "new");
    write_file(filled.path() / "file", "x");
    rename_folder(filled.path(), target);
  }
  EXPECT_EQ(read_file(target / "file"), "x");
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(SiblingFolder, TwoOfOneProcessNumberAreTwo) {
  const TemporaryFolder folder;
  const SiblingFolder first(folder / "model", "new"), second(folder / "model", "new");
  EXPECT_NE(first.path(), second.path());
  EXPECT_TRUE(fs::exists(first.path()) && fs::exists(second.path()));
}

TEST(CopyFolder, CopiesWhatLinksLeadTo) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "real" / "inner");
  write_file(folder / "real" / "inner" / "file", "x");
  fs::create_directories(folder / "from");
  fs::create_directory_symlink("../real", folder / "from" / "linked");
  fs::create_symlink("../real/inner/file", folder / "from" / "name");
  copy_folder(folder / "from", folder / "to");
  fs::remove_all(folder / "real");
  EXPECT_EQ(read_file(folder / "to" / "linked" / "inner" / "file"), "x");
  EXPECT_EQ(read_file(folder / "to" / "name"), "x");
  EXPECT_THROW(copy_folder(folder / "nowhere", folder / "other"), ResourceError);
}

TEST(CopyFolder, CopiesNothingIntoItself) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "from" / "inner");
  fs::create_directory_symlink("from/inner", folder / "linked");
  for (const char* within :
       {"from", "from/copy", "from/inner/copy", "linked/copy", "from/../from/x"}) {
    EXPECT_THROW(copy_folder(folder / "from", folder / within), InputError) << within;
  }
  EXPECT_TRUE(fs::is_empty(folder / "from" / "inner"));
  copy_folder(folder / "from", folder / "from-copy");  // a name that begins alike is another place
  EXPECT_TRUE(fs::is_directory(folder / "from-copy" / "inner"));
}

TEST(CopyFolder, LinksWhatIsLargeAndCopiesTheRest) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "from");
  for (const char* name : {"large", "small"}) write_file(folder / "from" / name, "x");
  fs::resize_file(folder / "from" / "large", 300'000'000);  // a hole
  copy_folder(folder / "from", folder / "to");
  EXPECT_EQ(fs::hard_link_count(folder / "to" / "large"), 2u);
  EXPECT_EQ(fs::hard_link_count(folder / "to" / "small"), 1u);
}

TEST(SiblingFolder, NamesWhatCannotBeMadeOrRenamed) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_THROW(SiblingFolder(folder / "file" / "model", "new"), ResourceError);
  EXPECT_THROW(rename_folder(folder / "nowhere", folder / "model"), ResourceError);
}

}  // namespace
}  // namespace imagine::io
