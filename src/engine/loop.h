/// The loop that draws: pictures of all jobs, step by step, as many as fit in one evaluation.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "engine/encoders.h"
#include "engine/job.h"
#include "engine/outbox.h"
#include "engine/weight_cache.h"
#include "tensor/cores.h"

namespace imagine::engine {

struct LoopOptions {
  models::Placement placement = {};
  int threads = 1;  ///< cores that networks compute on
  WeightLimits weights = {};
  bool keep_text_encoder = true;  ///< a large one, when all have been read
  std::filesystem::path text_cache = {};
};

/// Owns the weights and what is being drawn. Every step is one evaluation of one network at most.
/// Small pictures come before large ones, which get a quarter of the time all the same; of small
/// ones those before others that least is left to do of: they are done soonest, and those that have
/// just come begin together. Large ones are taken in turn: picture k of a
/// job comes k turns after the job's first, so that many pictures of one do not keep others
/// waiting. For one thread.
class Loop {
 public:
  Loop(const LoopOptions& options, Outbox& outbox);

  void add(JobWork work);
  bool is_idle() const { return jobs_.empty(); }
  void step();
  /// Ends all jobs with that.
  void fail_all(const std::exception_ptr& what);

 private:
  using Clock = std::chrono::steady_clock;

  /// A picture and the job that it is of.
  struct Turn {
    JobWork* job;
    PictureWork* picture;

    StageWork& stage() const { return job->stages[picture->stage]; }
    /// Of a picture whose run has begun: what it reads at its present step, and asks.
    const models::StageTexts& texts() const {
      return texts_at(stage().texts, picture->run->steps_done());
    }
    std::vector<models::Row> rows() const { return picture->run->rows(texts()); }
  };

  /// What is evaluated together.
  struct Batch {
    std::vector<Turn> turns = {};
    std::vector<std::size_t> row_counts = {};  ///< of each turn
    std::vector<models::Row> rows = {};
  };

  void drop_ended();
  void encode_prompts();
  void encode_prompts_of(JobWork& job);
  void admit();
  JobWork* next_to_admit(std::int64_t large);
  static bool counts_as_large(const Turn& turn);
  std::vector<Turn> turns();
  const Turn& next_of(const std::vector<Turn>& all) const;
  std::vector<Turn> turns_of_a_network();
  std::shared_ptr<const models::Network> network_for(const std::vector<Turn>& turns);
  Batch batch_of(const std::vector<Turn>& turns, const models::Network& network);
  void begin(const Turn& turn, const models::Network& network);
  void evaluate(const Batch& batch, const models::Network& network);
  bool predict(const Batch& batch, const models::Network& network);
  void advance(const Turn& turn);
  void hand_over(JobWork& job);
  void report(const Batch& batch);
  void show_preview(const Turn& turn);
  /// Whether something has waited for so many evaluations that it comes first.
  bool is_overdue(std::uint64_t since) const;
  /// Ends the jobs of those turns with the exception that is being handled.
  void fail(const std::vector<Turn>& turns);

  LoopOptions options_;
  Outbox& outbox_;
  WeightCache weights_;
  Encoders encoders_;
  tensor::Cores cores_;
  std::list<JobWork> jobs_;   // in the order of their arrival
  std::int64_t largest_ = 0;  // pixels of a stage's picture that was begun
  std::uint64_t clock_ = 0;   // the largest ticket that was admitted
  std::uint64_t evaluations_ = 0;
  Clock::duration since_large_ = {};  // of evaluations since a large picture was served
  Clock::duration large_time_ = {};   // of that evaluation
};

}  // namespace imagine::engine
