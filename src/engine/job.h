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
#include "engine/stage_texts.h"
#include "imagine/engine.h"
#include "models/stage_run.h"

namespace imagine {

/// What callers, the engine's loop and its outbox share of a job.
struct Job::State {
  State(std::shared_ptr<const Model> of, engine::Order comes_to, Listener listens)
      : model(std::move(of)), order(std::move(comes_to)), listener(std::move(listens)) {}

  // Of the loop and the outbox, until finish(); callers do not look at them.
  std::shared_ptr<const Model> model;
  engine::Order order;
  Listener listener;

  std::atomic<bool> cancelled = false;
  std::atomic<bool> failed = false;  ///< nothing more is to be drawn
  std::atomic<bool> deaf = false;    ///< the listener threw: it is told nothing more
  std::atomic<int> previews_waiting = 0, progress_waiting = 0;  ///< in the outbox

  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;  // under the mutex, as is the error
  std::exception_ptr error = nullptr;

  bool is_done();
  /// Keeps the first error: one of ours, where another library threw it. By any thread.
  void fail(const std::exception_ptr& what);
  /// The same of what a listener threw, as it is.
  void fail_of_listener(const std::exception_ptr& what);
  /// Everybody who waits goes on, and the listener is told; lets go of it, the model and the
  /// pictures.
  void finish();
};

}  // namespace imagine

namespace imagine::engine {

/// One stage of a job: what all its pictures share there.
struct StageWork {
  std::size_t index;  ///< of the model's stages
  StageSettings settings;
  WeightKey weights;                  ///< of its network
  std::vector<LoraUse> loras;         ///< that are added to them
  std::vector<StepTexts> texts = {};  ///< made by the network, once it is loaded
  std::optional<models::Edited> edited = {};
  bool is_begun = false;  ///< `edited` is made
};

/// One picture of a job.
struct PictureWork {
  int index;                                   ///< of the job, from 0
  std::uint64_t ticket;                        ///< the lower, the earlier it is its turn
  std::uint64_t served;                        ///< evaluations so far when it was in one last
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
  Recipe recipe = {};         ///< of its pictures: without the seed, the extent and the dtype
  Tensor upscaled = {};       // [1, 3, H, W], until all its pictures have begun
  std::uint64_t arrived = 0;  ///< evaluations so far when it came
  int admitted = 0;           ///< pictures so far
  std::uint64_t first_ticket = 0;
  std::map<int, Tensor> finished = {};  ///< that wait for an earlier one, by index
  int handed_over = 0;

  const Order& order() const { return state->order; }
  const models::Cascade& cascade() const;
  const std::string& folder() const;  ///< of the model
  const models::StageSpec& spec(const StageWork& stage) const;
  bool has_prompts() const { return !prompts.empty(); }
  /// Lets go of what pictures have of the stages that none of them will be in again.
  void release_stages();
  bool is_complete() const { return handed_over == order().request.count; }
};

/// The job as it begins. FormatError for low-rank changes whose files cannot be found.
JobWork work_of(std::shared_ptr<Job::State> state);

}  // namespace imagine::engine
