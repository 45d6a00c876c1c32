#include "tensor/cores.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <torch/utils.h>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace imagine::tensor {

void use_cores(int count) {
  at::get_num_threads();  // a thread's first question sets its count to the default: ask it first
#ifdef _OPENMP
  omp_set_num_threads(count);
#else
  at::set_num_threads(count);  // a LibTorch with threads of its own knows no other way
#endif
}

struct Cores::State {
  /// What the threads do now.
  struct Call {
    std::int64_t workers = 0;
    int threads = 1;
    bool records_gradients = false;
    const std::function<void(std::int64_t)>* work = nullptr;
  };

  std::mutex mutex;
  std::condition_variable begun, ended;
  Call call;
  std::uint64_t calls = 0;   // so far
  std::int64_t at_work = 0;  // threads that have not done their part of the present call
  std::vector<std::exception_ptr> errors;
  bool stops = false;
  std::vector<std::thread> threads;

  void serve(std::int64_t worker, std::uint64_t seen);
  void do_part(std::int64_t worker, const Call& now);
};

void Cores::State::do_part(std::int64_t worker, const Call& now) {
  std::exception_ptr error;
  try {
    torch::AutoGradMode mode(now.records_gradients);
    use_cores(now.threads);
    (*now.work)(worker);
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex);
  errors[std::size_t(worker)] = std::exchange(error, nullptr);
  if (--at_work == 0) ended.notify_all();
}

void Cores::State::serve(std::int64_t worker, std::uint64_t seen) {
  while (true) {
    Call now;
    {
      std::unique_lock lock(mutex);
      begun.wait(lock, [&] { return stops || (calls != seen && worker < call.workers); });
      if (stops) return;
      seen = calls;
      now = call;
    }
    do_part(worker, now);
  }
}

Cores::Cores() : state_(std::make_unique<State>()) {}

Cores::~Cores() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stops = true;
  }
  state_->begun.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

void Cores::run(std::int64_t workers, int threads, const std::function<void(std::int64_t)>& work) {
  auto& state = *state_;
  std::unique_lock lock(state.mutex);
  while (std::ssize(state.threads) < workers) {
    state.threads.emplace_back(&State::serve, &state, std::ssize(state.threads), state.calls);
  }
  state.call = {.workers = workers,
                .threads = threads,
                .records_gradients = torch::GradMode::is_enabled(),
                .work = &work};
  state.errors.assign(std::size_t(workers), nullptr);
  state.at_work = workers;
  ++state.calls;
  state.begun.notify_all();
  state.ended.wait(lock, [&] { return state.at_work == 0; });
  for (const auto& error : std::exchange(state.errors, {})) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace imagine::tensor
