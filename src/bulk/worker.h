/// One of the processes that fill a folder with shards.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bulk/assignment.h"
#include "bulk/shard_folder.h"
#include "bulk/share.h"
#include "imagine/engine.h"

namespace imagine::bulk {

/// What work has come to, by all processes.
struct WorkProgress {
  std::int64_t done = 0, all = 0;  ///< pictures; of those that others are drawing the whole shards
};

/// Who hears of the work.
struct WorkListener {
  std::function<bool()> goes_on = [] { return true; };  ///< asked several times a second
  /// When more or less is done than was told; from a thread of the engine's too, one at a time.
  std::function<void(const WorkProgress&)> on_progress = [](const WorkProgress&) {};
  std::function<void(const io::fs::path& shard)> on_shard = [](const io::fs::path&) {};
};

/// Draws shards of an assignment that nobody else is drawing, one after the other. Processes do not
/// speak to each other: what there is to do they see in the folder, so that any number of them may
/// come and go.
class Worker {
 public:
  /// The assignment has been checked. It and the engine live longer.
  Worker(const Assignment& assignment, std::shared_ptr<const Model> model, Engine& engine,
         ShardFolder folder);

  /// Until nothing is left to begin. The first process stays until all shards are there, and draws
  /// those whose process ended before; then it sweeps the folder. Interrupted where the listener
  /// wants no more: whole shards stay, the one that was begun goes. What a request or the engine
  /// throws.
  void work(const Share& share, const WorkListener& listener);

  /// Of prompts that were drawn here, those that are longer than their encoder reads.
  std::int64_t cut_prompts() const { return cut_; }
  const std::string& first_cut_prompt() const { return first_cut_; }

 private:
  void draw_missing(const std::vector<std::int64_t>& turns, const WorkListener& listener);
  void draw(std::int64_t shard, const WorkListener& listener);
  void fill(std::int64_t shard, const WorkListener& listener);
  void look_around();
  void tell(const WorkListener& listener);
  void note_cut(const CutPrompt& cut);

  const Assignment& assignment_;
  std::shared_ptr<const Model> model_;
  Engine& engine_;
  ShardFolder folder_;
  std::int64_t there_ = 0;  // pictures of whole shards, as last seen
  std::int64_t drawn_ = 0;  // of the shard that is being drawn
  std::int64_t told_ = 0;   // of all, to the listener
  std::int64_t cut_ = 0;
  std::string first_cut_;
};

}  // namespace imagine::bulk
