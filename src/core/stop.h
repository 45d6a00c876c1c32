/// How long work hears that nobody wants it any more.
#pragma once

#include <functional>

namespace imagine {

/// Asked between parts of the work; throws Interrupted where it is to stop. Empty: nobody stops it.
using StopCheck = std::function<void()>;

inline void check_stop(const StopCheck& check) {
  if (check) check();
}

}  // namespace imagine
