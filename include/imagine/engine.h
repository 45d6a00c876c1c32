/// Start here: open a model, ask an engine for pictures.
///
///   auto model = imagine::Model::open("models/imagine-small");
///   imagine::Engine engine;
///   auto pictures = engine.draw(model, {.prompt = "a red cube on grass", .count = 4});
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "imagine/error.h"
#include "imagine/model.h"
#include "imagine/recipe.h"
#include "imagine/request.h"

namespace imagine {

/// A moment of a job's work, for a progress display.
struct Progress {
  int size = 0;      ///< of the stage: side of its square in pixels
  int step = 0;      ///< denoising steps done, of the picture that is furthest ...
  int steps = 0;     ///< ... and how many there are
  int picture = 0;   ///< first of the job's pictures that were drawn together now, from 0
  int together = 1;  ///< how many
  int pictures = 1;  ///< of the job in all
  double done = 0;   ///< share of the job's steps, 0 .. 1
};

/// A picture on its way: the network's present guess of it.
struct Preview {
  Image image;
  int picture = 0;  ///< of the job, from 0
  int size = 0;     ///< of the stage, as in Progress
  int step = 0;
  int steps = 0;
};

/// A text that is longer than its encoder reads.
struct CutPrompt {
  std::string prompt;       ///< or the negative one
  std::int64_t tokens = 0;  ///< of the whole text, with the encoder's own before and behind it
  std::int64_t read = 0;    ///< the first so many
};

/// Whom a job tells what. All are called one after the other, on one thread of the engine that does
/// not compute. What they throw ends the job and is thrown by Job::wait(). They may submit and
/// cancel jobs, not wait for them, and not end the engine.
struct Listener {
  std::function<void(const Progress&)> on_progress = {};  ///< some are left out in haste
  std::function<void(const Preview&)> on_preview = {};  ///< after steps; some are left out in haste
  std::function<void(Picture)> on_picture = {};         ///< in the order of the seeds
  std::function<void(const CutPrompt&)> on_cut = {};    ///< before anything is drawn
  /// The last of all: null, or what Job::wait() throws. It must not throw.
  std::function<void(std::exception_ptr)> on_end = {};
};

/// A request on its way. A copy is the same job. All may be called by any thread.
class Job {
 public:
  /// Stops it within one evaluation of a network. Pictures that are done are still handed over.
  void cancel();
  /// Until the last picture is handed over. Interrupted after cancel(), else what went wrong.
  void wait();
  /// The same; `goes_on` is asked several times a second, and the job is cancelled where it answers
  /// no.
  void wait(const std::function<bool()>& goes_on);
  /// The same with an end to waiting; whether the job is done.
  bool wait_for(std::chrono::milliseconds time);

  struct State;
  explicit Job(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

/// IMAGINE_CACHE, else imagine/ in the user's folder of caches; empty where there is none.
std::filesystem::path default_text_cache();

/// Several jobs as one. Those that are left when it goes are cancelled and waited for, so that
/// listeners may use what lives longer than it.
class Jobs {
 public:
  Jobs() = default;
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  void add(Job job) { jobs_.push_back(std::move(job)); }
  /// Until all are done; throws as soon as one has failed what it did. See Job::wait().
  void wait(const std::function<bool()>& goes_on);

 private:
  std::vector<Job> jobs_ = {};
};

/// InputError for a request that the model cannot serve, before an engine is asked.
void check_request(const Model& model, const Request& request);

/// The same; about how many pixels are drawn of each of its pictures by the last stage.
std::int64_t pixels_of(const Model& model, const Request& request);

struct EngineOptions {
  std::string device = "cpu";  ///< cpu or cuda
  /// Of weights and computation: bf16, fp32, auto for the faster one here, or int8: products of
  /// bytes in the networks that can (MiniT2I's, on the CPU), all else as auto has it.
  std::string dtype = "auto";
  int threads = 0;  ///< processor cores that networks compute on; 0: all
  /// Bytes of weights that stay loaded, the least recently used go first; 0: a quarter of the
  /// machine's memory. What is in use may be more.
  std::uint64_t memory = 0;
  int models = 0;  ///< most models whose networks stay loaded; 0: as many as memory holds
  /// Whether a large text encoder stays loaded when all jobs that are here have been read. Without,
  /// it makes room for what draws, and a later job loads it again.
  bool keep_text_encoder = true;
  int queue = 0;  ///< most jobs that wait or run; 0: no limit
  /// Where it is kept what a large text encoder made of prompts, for the next time (the prompts are
  /// not). Empty: nowhere.
  std::filesystem::path text_cache = {};
};

/// Owns threads, weights and a queue of jobs, and draws them together: pictures of any requests, at
/// any step, share one evaluation of a network where their size agrees. All may be called by any
/// thread.
///
/// The same request gives the same picture whatever else is drawn: bit for bit on one machine if it
/// is exclusive, else but for the rounding of sums, which an evaluation's other rows may order
/// differently.
class Engine {
 public:
  /// ConfigError for an unknown device or dtype.
  explicit Engine(const EngineOptions& options = {});
  /// Cancels the jobs that are left and waits for them.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// InputError for a request that the model cannot serve, FormatError for a file that it names,
  /// ResourceError where the queue is full; else returns without waiting.
  Job submit(std::shared_ptr<const Model> model, const Request& request, Listener listener = {});

  /// submit() and wait(): the pictures in the order of their seeds.
  std::vector<Picture> draw(std::shared_ptr<const Model> model, const Request& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagine
