#include "cli/interrupt.h"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>

namespace imagine::cli {
namespace {

/// Handlers and the flag belong to the whole program: every test runs in a process of its own.
class InterruptDeathTest : public testing::Test {
 protected:
  InterruptDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// Ends the process with 0 where interrupted() answers as expected before and after the signal.
[[noreturn]] void answer_signal(int signal) {
  watch_interrupts();
  const bool before = interrupted();
  std::raise(signal);
  std::_Exit(!before && interrupted() ? 0 : 1);
}

TEST_F(InterruptDeathTest, TheFirstSignalIsAnswered) {
  EXPECT_EXIT(answer_signal(SIGINT), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(answer_signal(SIGTERM), testing::ExitedWithCode(0), "");
}

[[noreturn]] void raise_twice(int signal) {
  watch_interrupts();
  std::raise(signal);
  std::raise(signal);
  std::_Exit(0);
}

TEST_F(InterruptDeathTest, TheSecondOneEndsTheProgram) {
  EXPECT_EXIT(raise_twice(SIGINT), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(raise_twice(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace imagine::cli
