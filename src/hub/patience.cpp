#include "hub/patience.h"

#include <algorithm>
#include <array>
#include <thread>

#include "core/check.h"
#include "core/number.h"

namespace imagine::hub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kMostFailures = 5;
constexpr int kMostUnreached = 2;  // a machine without a network is told soon
constexpr milliseconds kWorthTelling(3000);

/// The number behind NAME= among parts between semicolons.
std::optional<std::int64_t> member(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    auto part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.starts_with(name) && part.substr(name.size()).starts_with('=')) {
      return whole_number(part.substr(name.size() + 1));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace

bool is_passing(const Answer& answer) {
  constexpr std::array<long, 6> kPassing = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(kPassing, answer.status) != kPassing.end();
}

std::optional<seconds> asked_wait(const Answer& answer) {
  constexpr std::int64_t kDay = 86'400;
  const auto limit = answer.header("ratelimit");
  auto wait = member(limit, "r") == 0 ? member(limit, "t") : std::nullopt;
  if (!wait) wait = whole_number(answer.header("retry-after"));
  if (!wait || *wait < 0) return std::nullopt;
  return seconds(std::min(*wait, kDay));
}

void Patience::wait(const NetworkError& failure) {
  const auto time = next_wait();
  const int most = failure.reached() || moves_ ? kMostFailures : kMostUnreached;
  if (!failure.may_pass() || !can_wait(time, most)) throw failure;
  pause(time);
}

void Patience::wait(const Answer& answer, const std::string& where) {
  const auto asked = asked_wait(answer);
  const auto time = asked ? milliseconds(*asked) + timing_.first_wait : next_wait();
  const auto reason = answer.header("x-error-message");
  check<ResourceError>(
      can_wait(time, kMostFailures), where, ": expected the file, got status ", answer.status,
      " again and again",
      asked ? concat(", at last with the wish to wait ", asked->count(), " s") : "",
      reason.empty() ? "" : concat(" (", reason, ')'), "; try again later");
  if (time >= kWorthTelling) {
    const auto policy = answer.header("ratelimit-policy");
    listener_.note(concat(where, ": status ", answer.status, ", waiting ",
                          std::chrono::duration_cast<seconds>(time).count(), " s",
                          policy.empty() ? "" : concat(" (its limit: ", policy, ')')));
  }
  pause(time);
}

/// Counts a failure.
bool Patience::can_wait(milliseconds time, int most_failures) {
  waited_ += time;
  return ++failures_ <= most_failures && waited_ <= timing_.longest_wait;
}

milliseconds Patience::next_wait() {
  constexpr int kMostDoublings = 3;
  const auto time = timing_.first_wait * (1 << std::min(failures_, kMostDoublings));
  return time + time * int(random_() % 100) / 400;
}

/// In pieces, between which it can be stopped.
void Patience::pause(milliseconds time) const {
  constexpr milliseconds kPiece(100);
  for (; time.count() > 0; time -= kPiece) {
    check_stop(listener_.stop);
    std::this_thread::sleep_for(std::min(time, kPiece));
  }
}

}  // namespace imagine::hub
