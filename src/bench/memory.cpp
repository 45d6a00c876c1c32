#include "bench/memory.h"

#include <algorithm>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <fstream>
#include <unistd.h>

namespace imagine::bench {
namespace {

struct Watcher : c10::MemoryReportingInfoBase {
  void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t,
                         c10::Device device) override {
    if (!device.is_cpu()) return;
    now += bytes;
    peak = std::max(peak, now);
  }
  bool memoryProfilingEnabled() const override { return true; }

  std::int64_t now = 0, peak = 0;
};

}  // namespace

std::int64_t peak_of_allocations(const std::function<void()>& run) {
  const auto watcher = std::make_shared<Watcher>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, watcher);
  run();
  return watcher->peak;
}

std::int64_t resident() {
  std::int64_t all = 0, pages = 0;
  std::ifstream("/proc/self/statm") >> all >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}

}  // namespace imagine::bench
