#include "engine/job.h"

#include <algorithm>
#include <new>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/number.h"
#include "core/sources.h"
#include "engine/model_parts.h"
#include "models/loras.h"

namespace imagine {

namespace {

/// An error of ours, whatever library threw it.
std::exception_ptr as_error(const std::exception_ptr& what) {
  try {
    std::rethrow_exception(what);
  } catch (const Error&) {
    return what;
  } catch (const std::bad_alloc&) {
    return std::make_exception_ptr(ResourceError("memory: expected more, ran out"));
  } catch (const std::exception& other) {
    const std::string text = other.what();
    return std::make_exception_ptr(Error(text.substr(0, text.find('\n'))));
  } catch (...) {
    return what;
  }
}

/// A listener that waits for what only its own return lets happen would wait for ever.
void check_not_in_listener() {
  if (engine::Outbox::is_this_thread()) {
    throw ConfigError("a listener: expected not to wait for jobs, which wait for it");
  }
}

}  // namespace

bool Job::State::is_done() {
  const std::lock_guard lock(mutex);
  return done;
}

void Job::State::fail(const std::exception_ptr& what) { fail_of_listener(as_error(what)); }

void Job::State::fail_of_listener(const std::exception_ptr& what) {
  const std::lock_guard lock(mutex);
  if (!error) error = what;
  failed = true;
}

void Job::State::finish() {
  const auto gone = std::tuple(std::move(model), std::move(order));
  const auto last = std::move(listener);
  std::exception_ptr ended_by;
  {
    const std::lock_guard lock(mutex);
    done = true;
    ended_by = error;
  }
  changed.notify_all();
  if (last.on_end) last.on_end(ended_by);
}

void Job::cancel() { state_->cancelled = true; }

void Job::wait() {
  check_not_in_listener();
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->done; });
  if (state_->error) std::rethrow_exception(state_->error);
}

void Job::wait(const std::function<bool()>& goes_on) {
  constexpr std::chrono::milliseconds kPatience(50);
  while (!wait_for(kPatience)) {
    if (!goes_on()) cancel();
  }
  wait();
}

bool Job::wait_for(std::chrono::milliseconds time) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, time, [&] { return state_->done; });
}

Jobs::~Jobs() {
  constexpr std::chrono::milliseconds kWhile(1000);
  for (auto& job : jobs_) job.cancel();
  if (engine::Outbox::is_this_thread()) return;
  for (auto& job : jobs_) {
    while (!job.wait_for(kWhile)) continue;
  }
}

void Jobs::wait(const std::function<bool()>& goes_on) {
  constexpr std::chrono::milliseconds kPatience(50);
  bool stopped = false;
  for (auto left = jobs_; !left.empty();) {
    const bool done = left.front().wait_for(kPatience);
    std::erase_if(left, [&](Job& job) {
      if (!job.wait_for(std::chrono::milliseconds(0))) return false;
      job.wait();
      return true;
    });
    if (done || stopped || goes_on()) continue;
    stopped = true;
    for (auto& job : left) job.cancel();
  }
}

}  // namespace imagine

namespace imagine::engine {
namespace {

WeightKey key_of(const models::StageSpec& spec, const StageSettings& settings,
                 const std::vector<LoraUse>& loras) {
  auto key = key_of_files(spec.folder(settings.network));
  for (const auto& lora : loras) {
    key += concat('\n', shortest(lora.weight));
    for (const auto& file : models::files_of_lora(lora.file)) key += key_of_files(file);
  }
  return key;
}

/// All that was asked for but how many and beside whom.
Recipe recipe_of(const Job::State& job) {
  const auto& parts = job.model->parts();
  const auto& asked_for = job.order.request;
  const bool is_own = parts.folder == embedded_model();
  Recipe recipe{.request = without_pixels(asked_for),
                .stages = job.order.settings,
                .model = parts.cascade.name,
                .model_folder = is_own ? "" : parts.folder,
                .text_encoder = parts.text_encoder};
  recipe.request.stages.clear();
  recipe.request.count = 1;
  recipe.request.exclusive = false;
  return recipe;
}

}  // namespace

const models::Cascade& JobWork::cascade() const { return state->model->parts().cascade; }

const std::string& JobWork::folder() const { return state->model->parts().folder; }

const models::StageSpec& JobWork::spec(const StageWork& stage) const {
  return *cascade().stages[stage.index].spec;
}

void JobWork::release_stages() {
  if (admitted < order().request.count) return;
  std::size_t needed = stages.size();
  for (const auto& picture : pictures) needed = std::min(needed, picture.stage);
  for (std::size_t i = 0; i < needed; ++i) stages[i].texts = {}, stages[i].edited = {};
}

JobWork work_of(std::shared_ptr<Job::State> state) {
  JobWork work{.state = std::move(state)};
  const auto& order = work.order();
  for (std::size_t i = 0; i < order.stages.count(); ++i) {
    const auto index = order.stages.begin + i;
    StageWork stage{.index = index, .settings = order.settings[i], .weights = {}, .loras = {}};
    if (index == 0) stage.loras = order.request.loras;
    stage.weights = key_of(work.spec(stage), stage.settings, stage.loras);
    work.stages.push_back(std::move(stage));
  }
  work.recipe = recipe_of(*work.state);
  return work;
}

}  // namespace imagine::engine
