#include "cli/progress.h"

#include <gmock/gmock.h>
#include <iostream>
#include <sstream>

#include "core/check.h"

namespace imagine::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kLine = "update 19/625  608 views  loss 0.0611  9.8 images/s  30 min left";

class ProgressLineTest : public testing::Test {
 protected:
  ProgressLineTest() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~ProgressLineTest() override { std::cerr.rdbuf(before_); }

  Screen screen() {
    return {.is_terminal = [this] { return terminal_; },
            .columns = [this] { return columns_; },
            .now = [this] { return now_; }};
  }

  /// What was printed since the last call.
  std::string printed() {
    auto text = text_.str();
    text_.str("");
    return text;
  }

  bool terminal_ = true;
  int columns_ = 80;
  Screen::Clock::time_point now_{};
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

TEST_F(ProgressLineTest, FinishingWhatWasNeverShownPrintsNothing) {
  ProgressLine(seconds(5), screen()).finish();
  terminal_ = false;
  ProgressLine(seconds(5), screen()).finish();
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ProgressLineTest, FitsEveryTerminalAndFollowsItsWidth) {
  ProgressLine line(seconds(5), screen());
  for (const int columns : {200, 80, 66, 65, 64, 40, 20, 2, 1, 80}) {
    columns_ = columns;
    now_ += seconds(1);
    line.show(kLine);
    const auto shown = printed();
    ASSERT_TRUE(shown.starts_with("\r\x1b[K"));
    EXPECT_LT(int(shown.size()) - 4, columns) << "else the terminal begins another line";
    EXPECT_EQ(shown.substr(4), std::string(kLine).substr(0, std::size_t(columns - 1)));
  }
  line.finish();
  EXPECT_EQ(printed(), "\r\x1b[K");
}

TEST_F(ProgressLineTest, IsOverwrittenAtMostFiveTimesASecond) {
  ProgressLine line(seconds(5), screen());
  int shown = 0;
  for (int i = 0; i < 100; ++i) {
    line.show(kLine);
    if (!printed().empty()) ++shown;
    now_ += milliseconds(50);
  }
  EXPECT_EQ(shown, 25);
}

TEST_F(ProgressLineTest, ALogGetsALineAMinuteAndTheLast) {
  terminal_ = false;
  ProgressLine line(seconds(0), screen());
  std::vector<std::string> lines;
  for (int i = 0; i < 150; ++i, now_ += seconds(1)) {
    line.show("step " + std::to_string(i));
    if (auto text = printed(); !text.empty()) lines.push_back(text);
  }
  EXPECT_THAT(lines, testing::ElementsAre("step 0\n", "step 60\n", "step 120\n"));
  line.finish();
  EXPECT_EQ(printed(), "step 149\n");
  line.finish();
  EXPECT_EQ(printed(), "");
}

TEST_F(ProgressLineTest, ShortWorkSaysNothingInALog) {
  terminal_ = false;
  ProgressLine line(seconds(5), screen());
  for (int i = 0; i < 4; ++i, now_ += seconds(1)) line.show(kLine);
  line.finish();
  EXPECT_EQ(printed(), "");
  now_ += seconds(2);
  line.show(kLine);
  EXPECT_EQ(printed(), concat(kLine, '\n'));
}

TEST(CutToColumns, CountsWideCharactersTwiceAndMarksNotAtAll) {
  EXPECT_EQ(cut_to_columns("abcdef", 3), "abc");
  EXPECT_EQ(cut_to_columns("漢字かな", 5), "漢字");
  EXPECT_EQ(cut_to_columns("漢字かな", 8), "漢字かな");
  EXPECT_EQ(cut_to_columns("e\u0301e\u0301e", 2), "e\u0301e\u0301");
  EXPECT_EQ(cut_to_columns("a\x1b[31mb\n", 9), "a[31mb") << "nothing that controls a terminal";
  EXPECT_EQ(cut_to_columns("\xff", 1), "\ufffd");
  for (const int none : {0, -1}) EXPECT_EQ(cut_to_columns("abc", none), "");
}

/// A clock that the test moves.
class PaceTest : public testing::Test {
 protected:
  Screen::Clock::time_point now_{};
  Pace pace_{[this] { return now_; }};
};

TEST_F(PaceTest, IsToldOnceAStepWasMeasured) {
  now_ += seconds(30);
  EXPECT_EQ(pace_.seconds_left(1, 4), 0) << "the first one also loads weights";
  now_ += seconds(10);
  EXPECT_EQ(pace_.seconds_left(2, 4), 20);
  now_ += seconds(20);
  EXPECT_EQ(pace_.seconds_left(4, 4), 0);
  now_ += seconds(30);
  EXPECT_EQ(pace_.seconds_left(1, 4), 90) << "other work";
}

TEST_F(PaceTest, WhatWasDoneBeforeDoesNotCount) {
  now_ += seconds(1);
  EXPECT_EQ(pace_.seconds_left(100, 200), 0);
  now_ += seconds(10);
  EXPECT_EQ(pace_.seconds_left(110, 200), 90);
}

TEST_F(PaceTest, NothingIsToldBeforeAnythingIsDone) {
  now_ += seconds(1);
  EXPECT_EQ(pace_.seconds_left(0, 10), 0);
}

TEST(TimeLeft, SpeaksInSecondsMinutesAndHours) {
  EXPECT_EQ(time_left(0), "");
  EXPECT_EQ(time_left(-3), "");
  EXPECT_EQ(time_left(0.2), "1 s left");
  EXPECT_EQ(time_left(12.4), "12 s left");
  EXPECT_EQ(time_left(29), "29 s left");
  EXPECT_EQ(time_left(170), "3 min left");
  EXPECT_EQ(time_left(59 * 60), "59 min left");
  EXPECT_EQ(time_left(59.6 * 60), "1 h 0 min left");
  EXPECT_EQ(time_left(2 * 3600 + 10 * 60), "2 h 10 min left");
}

TEST(ShortCount, NeverSaysNothingOfSomething) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(608), "608");
  EXPECT_EQ(short_count(9'999), "9999");
  EXPECT_EQ(short_count(12'345), "12 k");
  EXPECT_EQ(short_count(1'500'000), "1.5 M");
}

}  // namespace
}  // namespace imagine::cli
