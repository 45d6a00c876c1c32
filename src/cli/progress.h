/// How far long work is: a line on a terminal that is overwritten, elsewhere a line a minute.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace imagine::cli {

/// Where progress is shown. Tests have one of their own.
struct Screen {
  using Clock = std::chrono::steady_clock;

  std::function<bool()> is_terminal;
  std::function<int()> columns;  ///< asked before each line: windows change
  std::function<Clock::time_point()> now;

  /// Standard error as it is.
  static Screen standard_error();
};

/// As much of UTF-8 text as fits: wide characters take two columns, marks none, what controls a
/// terminal is left out.
std::string cut_to_columns(std::string_view text, int columns);

/// The text without what controls a terminal, but for ends of lines and tabs: names and metadata in
/// strangers' files may hold anything.
std::string without_controls(std::string_view text);

/// Patience with work that is known to be long: what is refused at once is all that is said.
inline constexpr std::chrono::seconds kLongWork(1);

class ProgressLine {
 public:
  /// Where there is no terminal the first line comes after `patience`: short work says nothing.
  explicit ProgressLine(std::chrono::seconds patience = std::chrono::seconds(5),
                        Screen screen = Screen::standard_error());
  ~ProgressLine() { finish(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shows `line`, if the last one is old enough to be read; without a terminal, to be kept.
  void show(const std::string& line);
  /// A line that stays, on a terminal or not.
  void note(const std::string& line);
  /// Clears the line; without a terminal tells of the end of what was told of.
  void finish();

 private:
  void show_on_terminal(const std::string& line);
  void show_in_log(const std::string& line);

  Screen screen_;
  Screen::Clock::time_point shown_{}, due_;
  bool visible_ = false;     // on the terminal
  std::string unsaid_ = {};  // what the log was not told, once it was told something
  bool told_ = false;
};

/// Guesses how long work that goes on at an even pace will take.
class Pace {
 public:
  explicit Pace(std::function<Screen::Clock::time_point()> now = Screen::Clock::now);

  /// Seconds left; 0 while nothing can be told. What is done at the first call, beyond one, was
  /// done before; less done than at the last call is other work, which began then.
  double seconds_left(double done, double total);

 private:
  std::function<Screen::Clock::time_point()> now_;
  Screen::Clock::time_point started_, asked_;
  double first_ = 0, last_ = 0;
  bool begun_ = false;
};

/// "3 min left", "2 h 10 min left"; empty for 0.
std::string time_left(double seconds);

/// "608", "12 k", "3.4 M": no count of something is told as nothing.
std::string short_count(std::int64_t count);

}  // namespace imagine::cli
