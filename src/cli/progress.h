/// One line on the terminal that is overwritten; silent where stderr is not a terminal.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace imagine::cli {

class ProgressLine {
 public:
  ~ProgressLine() { finish(); }

  /// Shows `line` if the last one is old enough to be read.
  void show(const std::string& line);
  /// A line that stays, on a terminal or not.
  void note(const std::string& line);
  /// Clears the line.
  void finish();

 private:
  std::chrono::steady_clock::time_point shown_{};
  bool visible_ = false;
};

/// Guesses how long work that goes on at an even pace will take.
class Pace {
 public:
  /// Seconds left; 0 while nothing can be told. Less done than before begins other work.
  double seconds_left(int done, int total);

 private:
  std::optional<std::chrono::steady_clock::time_point> started_;
  int first_ = 0, last_ = 0;
};

/// "3 min left", "2 h 10 min left"; empty for 0.
std::string time_left(double seconds);

}  // namespace imagine::cli
