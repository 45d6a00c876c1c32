/// How often, and after how long, something is tried again.
#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>

#include "hub/http.h"
#include "hub/listener.h"

namespace imagine::hub {

/// Whether the answer says "later": 408, 429, and the server's own failures.
bool is_passing(const Answer& answer);

/// How long the other side asks to wait: what `RateLimit` says of a window that is used up, else
/// `Retry-After` in seconds; a date there says nothing.
std::optional<std::chrono::seconds> asked_wait(const Answer& answer);

/// The waits of one piece of work: 1, 2, 4, 8, 8 s without progress (a little more, so that many do
/// not come back at once), or as long as the other side asks; all together 10 minutes at most.
class Patience {
 public:
  Patience(const Timing& timing, const Listener& listener) : timing_(timing), listener_(listener) {}

  /// Bytes came: failures before it do not count any more.
  void progress() { failures_ = 0, moves_ = true; }

  /// Waits and returns, or throws `failure` again where it was the last try.
  void wait(const NetworkError& failure);
  /// The same for an answer that says "later"; ResourceError naming `where` and the answer.
  void wait(const Answer& answer, const std::string& where);

 private:
  bool can_wait(std::chrono::milliseconds time, int most_failures);
  std::chrono::milliseconds next_wait();
  void pause(std::chrono::milliseconds time) const;

  const Timing& timing_;
  const Listener& listener_;
  int failures_ = 0;
  bool moves_ = false;  // bytes came once: the network is there, if not now
  std::chrono::milliseconds waited_{0};
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace imagine::hub
