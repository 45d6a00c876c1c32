#include "imagine/engine.h"

#include <algorithm>
#include <utility>

#include <torch/utils.h>

#include "core/check.h"
#include "core/physical_memory.h"
#include "engine/loop.h"
#include "engine/model_parts.h"
#include "engine/progress.h"
#include "tensor/device.h"
#include "tensor/dtype.h"

namespace imagine {
namespace {

constexpr std::size_t kOutbox = std::size_t(256) << 20;         // bytes of pictures that wait
constexpr std::uint64_t kLeastMemory = std::uint64_t(1) << 30;  // of weights that stay
constexpr std::uint64_t kMemoryShare = 4;                       // of the machine's, a part

std::uint64_t default_memory() { return std::max(kLeastMemory, physical_memory() / kMemoryShare); }

engine::LoopOptions loop_options(const EngineOptions& options) {
  check<ConfigError>(options.threads >= 0, "threads: expected 0 or more, got ", options.threads);
  check<ConfigError>(options.models >= 0, "models: expected 0 or more, got ", options.models);
  const auto device = tensor::device_named(options.device);
  const bool int8 = options.dtype == "int8";
  check<ConfigError>(!int8 || device.is_cpu(), "dtype: int8 is computed on the cpu alone, got ",
                     options.device);
  return {.placement = {.device = device,
                        .dtype = tensor::compute_dtype(int8 ? "auto" : options.dtype, device),
                        .int8 = int8},
          .threads = options.threads > 0 ? options.threads : at::get_num_threads(),
          .weights = {.bytes = options.memory > 0 ? options.memory : default_memory(),
                      .models = options.models},
          .keep_text_encoder = options.keep_text_encoder,
          .text_cache = options.text_cache};
}

}  // namespace

void check_request(const Model& model, const Request& request) {
  engine::order_of(request, model.parts().cascade);
}

std::int64_t pixels_of(const Model& model, const Request& request) {
  const auto& cascade = model.parts().cascade;
  return engine::final_pixels(engine::order_of(request, cascade), cascade);
}

struct Engine::State {
  explicit State(const EngineOptions& of)
      : options(of), loop_options(::imagine::loop_options(of)) {}

  void check_room();
  void serve();

  EngineOptions options;
  engine::LoopOptions loop_options;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<engine::JobWork> arrived;         // under the mutex, as are the next two
  std::vector<std::weak_ptr<Job::State>> jobs;  // that may not be done
  bool ends = false;
  engine::Outbox outbox{kOutbox};  // goes before what its messages may ask for
  std::thread thread{[this] { serve(); }};
};

/// ResourceError where as many jobs wait as may. Under the mutex.
void Engine::State::check_room() {
  std::erase_if(jobs, [](const auto& other) {
    const auto held = other.lock();
    return !held || held->is_done();
  });
  const auto most = options.queue;
  check<ResourceError>(most == 0 || std::ssize(jobs) < most, "queue: expected fewer than ", most,
                       " requests at once, got one more: try again later");
  check<Interrupted>(!ends, "the engine ends");
}

void Engine::State::serve() {
  tensor::use_cores(loop_options.threads);
  engine::Loop loop(loop_options, outbox);
  while (true) {
    std::vector<engine::JobWork> added;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return ends || !arrived.empty() || !loop.is_idle(); });
      if (ends && arrived.empty() && loop.is_idle()) return;
      added = std::exchange(arrived, {});
    }
    for (auto& work : added) loop.add(std::move(work));
    try {
      loop.step();
    } catch (...) {  // what no single job is to blame for
      loop.fail_all(std::current_exception());
    }
  }
}

Engine::Engine(const EngineOptions& options) : state_(std::make_unique<State>(options)) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ends = true;
    for (const auto& job : state_->jobs) {
      if (const auto held = job.lock()) held->cancelled = true;
    }
  }
  state_->changed.notify_all();
  state_->thread.join();
}

Job Engine::submit(std::shared_ptr<const Model> model, const Request& request, Listener listener) {
  check<InputError>(model != nullptr, "model: expected one, got none");
  {
    const std::lock_guard lock(state_->mutex);
    state_->check_room();  // before the work of looking at the request
  }
  auto order = engine::order_of(request, model->parts().cascade);
  auto job = std::make_shared<Job::State>(std::move(model), std::move(order), std::move(listener));
  auto work = engine::work_of(job);
  {
    const std::lock_guard lock(state_->mutex);
    state_->check_room();
    state_->jobs.push_back(job);
    state_->arrived.push_back(std::move(work));
  }
  state_->changed.notify_all();
  return Job(std::move(job));
}

std::vector<Picture> Engine::draw(std::shared_ptr<const Model> model, const Request& request) {
  std::vector<Picture> pictures;
  auto job =
      submit(std::move(model), request,
             {.on_picture = [&](Picture picture) { pictures.push_back(std::move(picture)); }});
  job.wait();
  return pictures;
}

}  // namespace imagine
