/// What was asked of the server, and what became of it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "imagine/engine.h"
#include "imagine/image_file.h"

namespace imagine::serve {

enum class JobStatus { queued, running, canceling, succeeded, canceled, failed };

constexpr std::array<const char*, 6> names_of(JobStatus) {
  return {"queued", "running", "canceling", "succeeded", "canceled", "failed"};
}

/// A picture as a file.
struct Output {
  std::string bytes;
  ImageFormat format;
  Recipe recipe;
};

struct JobOrder {
  std::shared_ptr<const Model> model;
  Request request;
  std::string model_name = {};  ///< as clients know it; empty: its own
  ImageFormat format = ImageFormat::png;
  std::optional<int> quality = {};  ///< see encode()
  std::string owner = {};           ///< whoever has fewer pictures in work comes first
  bool is_kept = false;             ///< its results stay for a while after its end
};

/// What was asked, without its pictures.
struct Asked {
  Request request;
  std::string model;
  ImageFormat format;
};

/// A job at one moment.
struct Snapshot {
  std::string id;
  std::shared_ptr<const Asked> asked = {};
  JobStatus status = JobStatus::queued;
  std::size_t place = 0;  ///< queued: so many are before it
  Progress progress = {};
  std::optional<double> seconds_left = {};
  std::vector<std::shared_ptr<const Output>> outputs = {};  ///< so far, in the order of the seeds
  std::shared_ptr<const Preview> preview = {};              ///< the newest, while it runs
  std::vector<CutPrompt> cut = {};     ///< texts that are longer than is read of them
  std::exception_ptr error = nullptr;  ///< of a job that failed
  std::chrono::system_clock::time_point created = {};
  std::optional<std::chrono::system_clock::time_point> expires = {};  ///< of one that is kept, over

  bool is_over() const { return status >= JobStatus::succeeded; }
};

/// Whom the board tells of a job, one call after the other, on threads of its own. They must not
/// throw; they may submit and cancel jobs.
struct Watcher {
  std::function<void(const Snapshot&)> on_change = {};  ///< it runs, or goes on
  std::function<void(const Preview&)> on_preview = {};
  std::function<void(const Snapshot&)> on_output = {};  ///< the last of the outputs is new
  std::function<void(const Snapshot&)> on_end = {};     ///< after it nothing comes
};

using WatcherId = std::uint64_t;

/// How long a job took.
struct JobTimes {
  JobStatus status;
  int pictures;   ///< that were drawn
  double waited;  ///< seconds
  double drew;    ///< seconds
};

struct BoardOptions {
  EngineOptions engine = {};
  std::size_t queue = 64;          ///< most jobs that wait or run
  int parallel = 16;               ///< most pictures that the engine has at once
  std::int64_t large = 512 * 512;  ///< pixels: larger ones leave room for small ones
  std::size_t kept = 256;          ///< most jobs whose results stay ...
  std::uint64_t kept_bytes = std::uint64_t(512) << 20;  ///< ... and bytes of them ...
  std::chrono::seconds kept_for{600};                   ///< ... and how long
  std::chrono::seconds sleep_after{0};  ///< idle, the engine lets weights go; 0: never
  std::function<void(const JobTimes&)> on_over = {};  ///< told of each job that is over
};

/// As many jobs wait as may.
class QueueFull : public ResourceError {
 public:
  explicit QueueFull(int seconds)
      : ResourceError("the queue is full: try again in " + std::to_string(seconds) + " s"),
        seconds_(seconds) {}
  int seconds() const { return seconds_; }  ///< until there may be room, by the speed so far

 private:
  int seconds_;
};

/// All may be called by any thread.
class Board {
 public:
  /// ConfigError as Engine.
  explicit Board(const BoardOptions& options);
  /// Cancels what is left and waits for it.
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  /// The new job's id. InputError as Engine::submit(), QueueFull; Interrupted after drain().
  std::string submit(JobOrder order, Watcher watcher = {});
  /// Nothing where there is none, or no more.
  std::optional<Snapshot> find(const std::string& id);
  /// Whether there was such a job whose results were let go; the last thousands are known.
  bool has_expired(const std::string& id);
  /// An owner's jobs, the oldest first.
  std::vector<Snapshot> jobs_of(const std::string& owner);
  /// Tells of a job that may be over already: then its end alone. Nothing where there is none.
  std::optional<WatcherId> watch(const std::string& id, Watcher watcher);
  /// Tells it nothing more, but for what is being told.
  void unwatch(const std::string& id, WatcherId watcher);
  /// Whether there is such a job. One that is over stays what it is.
  bool cancel(const std::string& id);

  struct Load {
    std::size_t queued = 0, running = 0;  ///< jobs
    double seconds_per_picture = 0;       ///< of late; 0: none was drawn
    bool drains = false;
  };
  Load load();

  /// No new jobs; returns when all are over, after that time by being cancelled.
  void drain(std::chrono::seconds time);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace imagine::serve
