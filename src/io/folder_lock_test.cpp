#include "io/folder_lock.h"

#include <array>
#include <atomic>
#include <csignal>
#include <gmock/gmock.h>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/check.h"
#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kFile = ".imagine.lock";

/// A process that holds the folder until it is killed.
class Holder {
 public:
  explicit Holder(const fs::path& folder) {
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe(ready.data()), 0);
    process_ = ::fork();
    if (process_ == 0) {
      const FolderLock lock(folder);
      if (::write(ready[1], "x", 1) == 1) ::pause();
      ::_exit(0);
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]), ::close(ready[1]);
  }
  ~Holder() { kill(); }

  void kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(std::exchange(process_, 0), nullptr, 0);
  }
  pid_t process() const { return process_; }

 private:
  pid_t process_ = 0;
};

TEST(FolderLock, MakesTheFolderAndLeavesNothingInIt) {
  const TemporaryFolder folder;
  {
    const FolderLock lock(folder / "a/b");
    EXPECT_TRUE(lock.is_held());
    EXPECT_TRUE(fs::exists(folder / "a/b" / kFile));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  fs::create_directory(folder / "a");
  { const FolderLock lock(folder / "a/b/c/"); }
  EXPECT_TRUE(fs::is_empty(folder / "a"));
  {
    const FolderLock lock(folder / "a/b");
    write_file(folder / "a/b/made", "x");
  }
  { const FolderLock lock(folder / "a/b"); }
  EXPECT_TRUE(fs::exists(folder / "a/b/made"));
  EXPECT_FALSE(fs::exists(folder / "a/b" / kFile));
}

TEST(FolderLock, ASecondOneIsRefusedAndToldWhoHoldsIt) {
  const TemporaryFolder folder;
  const Holder other(folder.path());
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  EXPECT_THAT([&] { FolderLock lock(folder.path()); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr(folder.path().string()),
                        HasSubstr(concat("process ", other.process(), " on ", host.data())))));
  const FolderLock here(folder / "another");
  EXPECT_THROW(FolderLock(folder / "another"), InputError);  // of one process too
}

TEST(FolderLock, WhatADeadProcessLeavesIsNoObstacle) {
  const TemporaryFolder folder;
  Holder other(folder.path());
  other.kill();
  EXPECT_TRUE(fs::exists(folder / kFile));
  EXPECT_TRUE(FolderLock(folder.path()).is_held());
  EXPECT_FALSE(fs::exists(folder / kFile));
  write_file(folder / kFile, std::string(1000, '\n'));
  const FolderLock lock(folder.path());
  write_file(folder / "said", read_file(folder / kFile));
  EXPECT_THAT(read_file(folder / "said"), HasSubstr(concat("process ", ::getpid(), " on ")));
}

TEST(FolderLock, AFileThatCannotBeOpenedIsNamed) {
  const TemporaryFolder folder;
  fs::create_directory(folder / kFile);
  EXPECT_THAT([&] { FolderLock lock(folder.path()); },
              ThrowsMessage<ResourceError>(HasSubstr(kFile)));
  EXPECT_THROW(FolderLock("/proc/nowhere"), ResourceError);
}

TEST(FolderLock, OfManyAtOnceOneHoldsIt) {
  const TemporaryFolder folder;
  for (int round = 0; round < 8; ++round) {
    std::atomic<int> inside = 0, entered = 0, most = 0, arrived = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        ++arrived;
        while (arrived < 4) std::this_thread::yield();
        try {
          const FolderLock lock(folder.path());
          ++entered;
          const int now = ++inside;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          --inside;
        } catch (const InputError&) {
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(most, 1);
    EXPECT_GE(entered, 1);
  }
}

}  // namespace
}  // namespace imagine::io
