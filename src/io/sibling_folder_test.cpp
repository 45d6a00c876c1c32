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

TEST(SiblingFolder, NamesWhatCannotBeMadeOrRenamed) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_THROW(SiblingFolder(folder / "file" / "model", "new"), ResourceError);
  EXPECT_THROW(rename_folder(folder / "nowhere", folder / "model"), ResourceError);
}

}  // namespace
}  // namespace imagine::io
