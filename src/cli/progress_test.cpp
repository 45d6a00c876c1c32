#include "cli/progress.h"

#include <gmock/gmock.h>
#include <iostream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace imagine::cli {
namespace {

class ProgressLineTest : public testing::Test {
 protected:
  ProgressLineTest() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~ProgressLineTest() override { std::cerr.rdbuf(before_); }

  std::ostringstream text_;
  std::streambuf* before_;
};

TEST_F(ProgressLineTest, NotesStayAsPlainLines) {
  {
    ProgressLine line;
    line.note("checkpoint a");
    line.note("checkpoint b");
  }
  EXPECT_EQ(text_.str(), "checkpoint a\ncheckpoint b\n");
}

TEST_F(ProgressLineTest, NothingIsShownWhereNobodyLooks) {
  if (isatty(STDERR_FILENO) != 0) GTEST_SKIP() << "stderr is a terminal";
  ProgressLine line;
  line.show("step 1 of 16");
  line.finish();
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ProgressLineTest, FinishingWhatWasNeverShownPrintsNothing) {
  ProgressLine().finish();
  EXPECT_EQ(text_.str(), "");
}

TEST(Pace, IsThatOfTheWorkDoneSinceItBegan) {
  Pace pace;
  EXPECT_EQ(pace.seconds_left(0, 10), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const double left = pace.seconds_left(5, 10);
  EXPECT_GE(left, 0.02);
  EXPECT_EQ(pace.seconds_left(10, 10), 0);
  EXPECT_EQ(pace.seconds_left(0, 10), 0) << "other work";
}

TEST(TimeLeft, SpeaksInSecondsMinutesAndHours) {
  EXPECT_EQ(time_left(0), "");
  EXPECT_EQ(time_left(-3), "");
  EXPECT_EQ(time_left(12.4), "12 s left");
  EXPECT_EQ(time_left(29), "29 s left");
  EXPECT_EQ(time_left(170), "3 min left");
  EXPECT_EQ(time_left(59 * 60), "59 min left");
  EXPECT_EQ(time_left(59.6 * 60), "1 h 0 min left");
  EXPECT_EQ(time_left(2 * 3600 + 10 * 60), "2 h 10 min left");
}

}  // namespace
}  // namespace imagine::cli
