#include "io/lock_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "core/check.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(LockFile, IsTakenByOneAndGoesWithIt) {
  const TemporaryFolder folder;
  {
    LockFile first(folder / "a.lock"), second(folder / "a.lock");
    EXPECT_FALSE(first.is_held());
    EXPECT_THAT(folder.names(), IsEmpty());
    EXPECT_TRUE(first.take());
    EXPECT_TRUE(first.is_held());
    EXPECT_FALSE(second.take());
    EXPECT_FALSE(second.is_held());
    EXPECT_THAT(second.holder(), HasSubstr(concat("process ", ::getpid(), " on ")));
    second.release();  // which has nothing
    EXPECT_FALSE(LockFile(folder / "a.lock").take());
    first.release();
    EXPECT_THAT(folder.names(), IsEmpty());
    EXPECT_TRUE(second.take());
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(LockFile, WhatADeadProcessLeftIsTaken) {
  const TemporaryFolder folder;
  write_file(folder / "a.lock", "\n");
  LockFile lock(folder / "a.lock");
  EXPECT_EQ(lock.holder(), "another process");
  EXPECT_TRUE(lock.take());
}

TEST(LockFile, NamesTheFileThatCannotBeOpened) {
  const TemporaryFolder folder;
  LockFile lock(folder / "nowhere/a.lock");
  EXPECT_THAT([&] { lock.take(); }, ThrowsMessage<ResourceError>(HasSubstr("nowhere/a.lock")));
  EXPECT_EQ(lock.holder(), "another process");
}

}  // namespace
}  // namespace imagine::io
