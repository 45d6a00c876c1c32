#include "engine/job.h"

#include <utility>

#include "core/check.h"
#include "engine/model_parts.h"
#include "models/loras.h"
#include "tensor/dtype.h"

namespace imagine {

void Job::State::fail(std::exception_ptr what) {
  const std::lock_guard lock(mutex);
  if (!error) error = std::move(what);
  failed = true;
}

void Job::State::finish() {
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  changed.notify_all();
}

void Job::cancel() { state_->cancelled = true; }

void Job::wait() {
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
  for (auto& job : jobs_) {
    while (!job.wait_for(kWhile)) continue;
  }
}

void Jobs::wait(const std::function<bool()>& goes_on) {
  for (auto& job : jobs_) job.wait(goes_on);
}

}  // namespace imagine

namespace imagine::engine {
namespace {

namespace fs = std::filesystem;

/// The files as they are now: changed ones are other weights.
std::string text_of(const std::vector<LoraUse>& loras) {
  std::string text;
  for (const auto& lora : loras) {
    text += concat('\n', lora.file, ':', lora.weight);
    for (const auto& file : models::files_of_lora(lora.file)) {
      std::error_code missing;
      text += concat(' ', fs::file_size(file, missing), ' ',
                     fs::last_write_time(file, missing).time_since_epoch().count());
    }
  }
  return text;
}

/// A picture is its name in a recipe.
std::optional<Source> named(const std::optional<Source>& source) {
  if (!source) return std::nullopt;
  return Source{.image = {}, .name = source->name};
}

}  // namespace

const models::Cascade& JobWork::cascade() const { return state->model->parts().cascade; }

const models::StageSpec& JobWork::spec(const StageWork& stage) const {
  return *cascade().stages[stage.index].spec;
}

JobWork work_of(std::shared_ptr<Job::State> state) {
  JobWork work{.state = std::move(state)};
  const auto& order = work.order();
  for (std::size_t i = 0; i < order.stages.count(); ++i) {
    const auto index = order.stages.begin + i;
    StageWork stage{.index = index, .settings = order.settings[i], .weights = {}, .loras = {}};
    if (index == 0) stage.loras = order.request.loras;
    const bool distilled = stage.settings.network == StageNetwork::distilled;
    stage.weights = {.owner = work.cascade().stages[index].spec,
                     .which = concat(distilled ? "distilled" : "base", text_of(stage.loras))};
    work.stages.push_back(std::move(stage));
  }
  return work;
}

Recipe recipe_of(const Job::State& job, torch::Dtype dtype) {
  const auto& parts = job.model->parts();
  const auto& asked_for = job.order.request;
  Recipe recipe{.request = {.task = asked_for.task,
                            .image = named(asked_for.image),
                            .mask = named(asked_for.mask),
                            .prompt = asked_for.prompt,
                            .negative = asked_for.negative,
                            .size = asked_for.size,
                            .aspect = asked_for.aspect,
                            .loras = asked_for.loras,
                            .clean_caption = asked_for.clean_caption},
                .stages = job.order.settings,
                .model = parts.cascade.name,
                .model_folder = parts.folder,
                .text_encoder = parts.text_encoder,
                .dtype = tensor::name_of(dtype)};
  return recipe;
}

}  // namespace imagine::engine
