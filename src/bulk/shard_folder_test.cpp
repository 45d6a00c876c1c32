#include "bulk/shard_folder.h"

#include <gmock/gmock.h>

#include "io/temporary_folder.h"

namespace imagine::bulk {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(ShardFolder, KnowsWhichShardsAreThere) {
  const io::TemporaryFolder folder;
  const ShardFolder shards(folder.path(), 3);
  EXPECT_EQ(shards.path_of(1), folder / "pictures-000001.tar");
  EXPECT_EQ(ShardFolder(folder.path(), 3'000'000).path_of(2'000'000).filename(),
            "pictures-2000000.tar");
  io::write_file(shards.path_of(1), "x");
  // What is no shard of the three.
  for (const char* name :
       {"pictures-000003.tar", "pictures-0.tar", "pictures-.tar", "pictures-+00002.tar",
        "pictures-000000.tar.bak", "pictures--00000.tar", ".pictures-000000.tar"}) {
    io::write_file(folder / name, "x");
  }
  EXPECT_THAT(shards.present(), ElementsAre(false, true, false));
  EXPECT_TRUE(shards.has(1));
  EXPECT_FALSE(shards.has(0));
}

TEST(ShardFolder, OneProcessDrawsAShard) {
  const io::TemporaryFolder folder;
  const ShardFolder shards(folder.path(), 2);
  {
    auto first = shards.lock_of(0), second = shards.lock_of(0), other = shards.lock_of(1);
    EXPECT_TRUE(first.take());
    EXPECT_FALSE(second.take());
    EXPECT_TRUE(other.take());
    first.release();
    EXPECT_TRUE(second.take());
  }
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(ShardFolder, SweepsWhatIsHiddenAndOurs) {
  const io::TemporaryFolder folder;
  for (const char* name : {"manifest.json", "pictures-000000.tar", ".imagine-far-7-8-0.tmp",
                           ".pictures-000000.lock", ".hidden", "notes.tmp"}) {
    io::write_file(folder / name, "x");
  }
  ShardFolder(folder.path(), 1).sweep();
  EXPECT_THAT(folder.names(),
              UnorderedElementsAre("manifest.json", "pictures-000000.tar", ".hidden", "notes.tmp"));
}

}  // namespace
}  // namespace imagine::bulk
