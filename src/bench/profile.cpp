#include "bench/profile.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include <torch/utils.h>

#include "bench/observe.h"

namespace imagine::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Totals {
  std::mutex mutex;
  std::map<std::string, OperationTime> of;
};

Totals& totals() {
  static Totals all;
  return all;
}

/// An operation that runs; those that it calls add to `inner`.
struct Running : at::ObserverContext {
  Clock::time_point start = Clock::now();
  Clock::duration inner{};
  Running* caller = nullptr;
};

thread_local Running* innermost = nullptr;

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
  auto running = std::make_unique<Running>();
  running->caller = innermost;
  innermost = running.get();
  return running;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  auto& running = *static_cast<Running*>(context);
  const auto whole = Clock::now() - running.start;
  innermost = running.caller;
  if (innermost != nullptr) innermost->inner += whole;
  const std::lock_guard lock(totals().mutex);
  auto& total = totals().of[function.name()];
  total.ms += std::chrono::duration<double, std::milli>(whole - running.inner).count();
  ++total.calls;
}

}  // namespace

std::vector<OperationTime> profile(const std::function<void()>& run) {
  totals().of.clear();
  observe(at::RecordFunctionCallback(begin, end)
              .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION,
                       at::RecordScope::USER_SCOPE}),
          run);
  std::vector<OperationTime> all;
  for (auto& [name, total] : totals().of) {
    total.operation = name;
    all.push_back(total);
  }
  std::ranges::sort(all, std::greater(), &OperationTime::ms);
  return all;
}

}  // namespace imagine::bench
