/// Parts of a computation on the cores of the CPU, one part each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace imagine::tensor {

/// How many cores the calling thread's operations use, and no other thread's: what LibTorch's own
/// set_num_threads() says is also the default of every thread that asks for the first time later.
void use_cores(int count);

/// Threads that compute parts at once, kept between calls.
class Cores {
 public:
  Cores();
  ~Cores();
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;

  /// Calls work(0) .. work(workers - 1) at once, each in a thread of its own whose operations use
  /// `threads` cores; the same part runs in the same thread each time. Gradients are recorded there
  /// as they are here. Returns when all are done, and throws what the first of them threw. Not for
  /// use by two threads at once.
  void run(std::int64_t workers, int threads, const std::function<void(std::int64_t)>& work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagine::tensor
