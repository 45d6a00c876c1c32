#include "io/leftovers.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "io/atomic_file.h"
#include "io/sibling_folder.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

void die() { kill(getpid(), SIGKILL); }

/// Runs `work`, which ends with die(), in another process: as `kill -9` ends it.
template <class Work>
void in_killed_process(const Work& work) {
  const auto child = fork();
  if (child == 0) {
    work();
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(Leftovers, TheNextFileInTheFolderRemovesThoseOfKilledProcesses) {
  const TemporaryFolder folder;
  in_killed_process([&] {
    AtomicFile file(folder / "weights");
    file.write("half of it");
    die();
  });
  ASSERT_EQ(folder.names().size(), 1u) << "of the killed process";
  write_file(folder / "weights", "all");
  EXPECT_THAT(folder.names(), ElementsAre("weights"));
}

TEST(Leftovers, WhatALivingProcessWritesStays) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "weights");
  file.write("half");
  remove_leftovers(folder.path(), ".imagine-");
  write_file(folder / "other", "all");
  file.commit();
  EXPECT_THAT(folder.names(), UnorderedElementsAre("other", "weights"));
}

TEST(Leftovers, OfAnotherMachineStay) {
  const TemporaryFolder folder;
  write_file(folder / ".imagine-elsewhere-1-0.tmp", "");
  write_file(folder / concat(".imagine-", process_tag()), "no number behind it");
  remove_leftovers(folder.path(), ".imagine-");
  EXPECT_EQ(folder.names().size(), 2u);
}

TEST(Leftovers, TheSameFolderMadeAgainTakesTheKilledOnesPlace) {
  const TemporaryFolder folder;
  in_killed_process([&] {
    const SiblingFolder half(folder / "IF", "import");
    write_file(half.path() / "weights", "gigabytes");
    die();
  });
  ASSERT_EQ(folder.names().size(), 1u);
  { const SiblingFolder again(folder / "IF", "import"); }
  EXPECT_THAT(folder.names(), IsEmpty());
}

}  // namespace
}  // namespace imagine::io
