#include "cli/progress.h"

#include <cmath>
#include <iostream>
#include <unistd.h>

namespace imagine::cli {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr char kClear[] = "\r\x1b[K";

bool on_terminal() {
  static const bool is = isatty(STDERR_FILENO) != 0;
  return is;
}

}  // namespace

void ProgressLine::show(const std::string& line) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_terminal() || now - shown_ < kInterval) return;
  std::cerr << kClear << line << std::flush;
  shown_ = now;
  visible_ = true;
}

void ProgressLine::note(const std::string& line) {
  if (visible_) std::cerr << kClear;
  std::cerr << line << '\n' << std::flush;
  visible_ = false;
}

void ProgressLine::finish() {
  if (visible_) std::cerr << kClear << std::flush;
  visible_ = false;
}

double Pace::seconds_left(int done, int total) {
  const auto now = std::chrono::steady_clock::now();
  if (!started_ || done == 0 || done < last_) started_ = now, first_ = done;
  last_ = done;
  const int made = done - first_;
  if (made == 0) return 0;
  return std::chrono::duration<double>(now - *started_).count() / made * (total - done);
}

std::string time_left(double seconds) {
  if (seconds <= 0) return {};
  const auto minutes = std::llround(seconds / 60);
  if (minutes < 1) return std::to_string(std::llround(seconds)) + " s left";
  if (minutes < 60) return std::to_string(minutes) + " min left";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min left";
}

}  // namespace imagine::cli
