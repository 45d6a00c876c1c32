/// A request on its way through an engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/encoders.h"
#include "engine/order.h"
#include "engine/outbox.h"
#include "imagine/engine.h"
#include "models/stage_run.h"

namespace imagine {

/// What callers, the engine's loop and its outbox share of a job. The last two fields of each group
/// say which thread they are of.
struct Job::State {
  State(std::shared_ptr<const Model> of, engine::Order comes_to, Listener listens)
      : model(std::move(of)), order(std::move(comes_to)), listener(std::move(listens)) {}

  const std::shared_ptr<const Model> model;
  const engine::Order order;
  const Listener listener;

  std::atomic<bool> cancelled = false;
  std::atomic<bool> failed = false;       ///< a listener threw: nothing more is to be done
  std::atomic<int> previews_waiting = 0;  ///< in the outbox

  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;  // under the mutex, as is the error
  std::exception_ptr error = nullptr;

  /// Keeps the first error. By any thread.
  void fail(std::exception_ptr what);
  /// Everybody who waits goes on.
  void finish();
};

}  // namespace imagine

namespace imagine::engine {

/// One stage of a job: what all its pictures share there.
struct StageWork {
  std::size_t index;  ///< of the model's stages
  StageSettings settings;
  WeightKey weights;              ///< of its network
  std::vector<LoraUse> loras;     ///< that are added to them
  models::StageTexts texts = {};  ///< made by the network, once it is loaded
  std::optional<models::Edited> edited = {};
  bool is_begun = false;  ///< `edited` is made
};

/// One picture of a job.
struct PictureWork {
  int index;                                   ///< of the job, from 0
  std::uint64_t ticket;                        ///< the lower, the earlier it is its turn
  std::size_t stage = 0;                       ///< of the job's
  Tensor drawn = {};                           // [1, 3, h, w], of the stage before
  std::unique_ptr<models::StageRun> run = {};  ///< of the present stage, once it is begun
};

/// All that an engine's loop knows of a job. For that thread.
struct JobWork {
  std::shared_ptr<Job::State> state;
  std::vector<StageWork> stages = {};
  std::vector<Prompts> prompts = {};       ///< by text rule, from that of the first stage on
  std::vector<PictureWork> pictures = {};  ///< those that are being drawn
  int admitted = 0;                        ///< pictures so far
  std::uint64_t first_ticket = 0;
  std::map<int, Tensor> finished = {};  ///< that wait for an earlier one, by index
  int handed_over = 0;

  const Order& order() const { return state->order; }
  const models::Cascade& cascade() const;
  const models::StageSpec& spec(const StageWork& stage) const;
  bool has_prompts() const { return !prompts.empty(); }
  bool is_complete() const { return handed_over == order().request.count; }
};

/// The job as it begins.
JobWork work_of(std::shared_ptr<Job::State> state);

/// Of its pictures: how it was made, without the seed and the extent.
Recipe recipe_of(const Job::State& job, torch::Dtype dtype);

}  // namespace imagine::engine
