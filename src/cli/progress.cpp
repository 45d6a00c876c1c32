#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <sys/ioctl.h>
#include <unicode/uchar.h>
#include <unistd.h>
#include <utility>

#include "io/utf8.h"

namespace imagine::cli {
namespace {

using std::chrono::duration;

constexpr auto kInterval = std::chrono::milliseconds(200);  // between two lines on a terminal
constexpr auto kLogInterval = std::chrono::minutes(1);      // between two in a log
constexpr char kClear[] = "\r\x1b[K";
constexpr int kUsualColumns = 80;  // where nobody knows

int columns_of(char32_t code) {
  const auto point = UChar32(code);
  switch (u_charType(point)) {
    case U_CONTROL_CHAR:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return 0;
    default:
      break;
  }
  const auto width = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

int terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kUsualColumns;
}

}  // namespace

Screen Screen::standard_error() {
  return {.is_terminal = [] { return isatty(STDERR_FILENO) != 0; },
          .columns = terminal_columns,
          .now = Clock::now};
}

std::string cut_to_columns(std::string_view text, int columns) {
  std::string cut;
  while (!text.empty()) {
    const auto code = io::take_utf8(text);
    if (u_charType(UChar32(code)) == U_CONTROL_CHAR) continue;
    columns -= columns_of(code);
    if (columns < 0) break;
    io::append_utf8(cut, code);
  }
  return cut;
}

std::string without_controls(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const auto code = io::take_utf8(text);
    const bool controls = u_charType(UChar32(code)) == U_CONTROL_CHAR;
    if (!controls || code == '\n' || code == '\t') io::append_utf8(kept, code);
  }
  return kept;
}

ProgressLine::ProgressLine(std::chrono::seconds patience, Screen screen)
    : screen_(std::move(screen)), due_(screen_.now() + patience) {}

void ProgressLine::show(const std::string& line) {
  if (screen_.is_terminal()) {
    show_on_terminal(line);
  } else {
    show_in_log(line);
  }
}

void ProgressLine::show_on_terminal(const std::string& line) {
  const auto now = screen_.now();
  if (visible_ && now - shown_ < kInterval) return;
  // The last column stays free: some terminals begin a new line behind it.
  std::cerr << kClear << cut_to_columns(line, screen_.columns() - 1) << std::flush;
  shown_ = now;
  visible_ = true;
}

void ProgressLine::show_in_log(const std::string& line) {
  if (screen_.now() < due_) {
    if (told_) unsaid_ = line;
    return;
  }
  std::cerr << line << '\n' << std::flush;
  unsaid_.clear();
  told_ = true;
  due_ = screen_.now() + kLogInterval;
}

void ProgressLine::note(const std::string& line) {
  if (visible_) std::cerr << kClear;
  std::cerr << without_controls(line) << '\n' << std::flush;
  visible_ = false;
}

void ProgressLine::finish() {
  if (visible_) std::cerr << kClear << std::flush;
  if (!unsaid_.empty()) std::cerr << unsaid_ << '\n' << std::flush;
  visible_ = false;
  unsaid_.clear();
}

Pace::Pace(std::function<Screen::Clock::time_point()> now)
    : now_(std::move(now)), started_(now_()), asked_(started_) {}

double Pace::seconds_left(double done, double total) {
  const auto now = now_();
  if (!begun_ && done > 0) started_ = now, first_ = done;  // the first took its beginning too
  if (begun_ && done < last_) started_ = asked_, first_ = 0;
  begun_ = true;
  asked_ = now;
  last_ = done;
  const double made = done - first_;
  if (made <= 0) return 0;
  return duration<double>(now - started_).count() / made * (total - done);
}

std::string time_left(double seconds) {
  if (seconds <= 0) return {};
  const auto minutes = std::llround(seconds / 60);
  if (minutes < 1) return std::to_string(std::max(1LL, std::llround(seconds))) + " s left";
  if (minutes < 60) return std::to_string(minutes) + " min left";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min left";
}

std::string short_count(std::int64_t count) {
  if (count < 10'000) return std::to_string(count);
  if (count < 1'000'000) return std::to_string(count / 1000) + " k";
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << double(count / 100'000) / 10 << " M";
  return text.str();
}

}  // namespace imagine::cli
