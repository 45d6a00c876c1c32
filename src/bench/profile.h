/// Where the time of a computation goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace imagine::bench {

/// One kind of operation.
struct OperationTime {
  std::string operation;
  double ms = 0;  ///< summed over all threads, without the operations that it calls
  std::int64_t calls = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("operation", self.operation, "as LibTorch names it; ours begin with imagine::");
    field("ms", self.ms, "of all threads that run operations, without what it calls");
    field("calls", self.calls, "how often it ran");
  }
};

/// The kinds of operations that run meanwhile on the CPU, the costliest first.
std::vector<OperationTime> profile(const std::function<void()>& run);

}  // namespace imagine::bench
