/// Watches LibTorch's operations while something runs.
#pragma once

#include <ATen/record_function.h>
#include <functional>

namespace imagine::bench {

/// Runs it with the callback on all threads, which is gone afterwards, whatever is thrown.
inline void observe(at::RecordFunctionCallback callback, const std::function<void()>& run) {
  struct Registered {
    at::CallbackHandle handle;
    ~Registered() { at::removeCallback(handle); }
  };
  const Registered registered{at::addGlobalCallback(callback)};
  run();
}

}  // namespace imagine::bench
