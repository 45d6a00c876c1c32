#include "serve/jobs/board.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "core/check.h"
#include "core/freed_memory.h"
#include "core/sources.h"
#include "serve/jobs/id.h"
#include "serve/jobs/public_recipe.h"

namespace imagine::serve {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRemembered = 10'000;          // ids of jobs that were let go
constexpr double kShareOfLarge = 0.75;               // of the pictures in work
constexpr std::chrono::seconds kLastEvaluation(30);  // at most, before a cancelled job is over
constexpr int kThreads = 2;                          // that encode pictures and call watchers
constexpr double kForgets = 0.2;                     // of the pace so far, with each job that ends
constexpr int kLongestWait = 120;                    // seconds: clients do not wait longer
constexpr std::chrono::seconds kRound(1);            // between looks at what has expired

std::shared_ptr<const Asked> asked_of(const JobOrder& order) {
  const auto& name = order.model_name.empty() ? order.model->info().name : order.model_name;
  Asked asked{.request = with_sent_pictures(without_pixels(order.request)),
              .model = name_of_path(name),
              .format = order.format};
  asked.request.loras = public_loras(std::move(asked.request.loras));
  return std::make_shared<const Asked>(std::move(asked));
}

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

struct Board::State : std::enable_shared_from_this<State> {
  using Strand = asio::strand<asio::thread_pool::executor_type>;

  struct Entry {
    JobOrder order;
    Strand strand;  // on which all is told
    bool is_large;
    std::map<WatcherId, Watcher> watchers = {};
    Snapshot now = {};
    std::optional<Job> job = {};
    bool cancelled = false;
    std::exception_ptr broken = nullptr;  // why a picture could not be written
    Clock::time_point asked = Clock::now(), begun = asked, over = {};
    Clock::time_point first_step = {};  // reported
    double first_done = 0;              // then

    int count() const { return order.request.count; }
    std::uint64_t bytes() const {
      std::uint64_t sum = 0;
      for (const auto& output : now.outputs) sum += output->bytes.size();
      return sum;
    }
  };
  using EntryPtr = std::shared_ptr<Entry>;

  explicit State(const BoardOptions& of)
      : options(of), engine(std::make_shared<Engine>(of.engine)) {}

  void start_more();
  EntryPtr next_in_turn();
  void start(const EntryPtr& entry);
  Listener listener_of(const EntryPtr& entry);
  void show(const EntryPtr& entry, const Preview& preview);
  void add_output(const EntryPtr& entry, Picture picture);
  void end(const EntryPtr& entry, std::exception_ptr error);
  void cancel_all();
  void forget_expired();
  void forget(const std::string& id);
  void keep_house();
  int seconds_until_room() const;
  Snapshot snapshot(const EntryPtr& entry) const;
  /// Calls that member of all watchers, on the entry's strand. Under the mutex.
  template <class Member, class... Arguments>
  void tell(const EntryPtr& entry, Member member, const Arguments&... arguments);
  bool is_over() const { return waiting.empty() && running.empty(); }

  const BoardOptions options;
  asio::thread_pool pool{kThreads};  // goes after the entries, whose strands are of it
  std::mutex mutex;                  // of all that follows
  std::condition_variable changed;
  std::shared_ptr<Engine> engine;  // none while it sleeps
  std::map<std::string, EntryPtr> entries;
  std::list<EntryPtr> waiting, running;
  std::list<EntryPtr> kept;  // that are over, the oldest first
  std::deque<std::string> expired;
  double pace = 0;  // seconds of a picture
  Clock::time_point busy = Clock::now();
  WatcherId watchers = 0;  // so many there were
  bool drains = false, ends = false;
  std::thread house;
};

template <class Member, class... Arguments>
void Board::State::tell(const EntryPtr& entry, Member member, const Arguments&... arguments) {
  const auto wants = [&](const auto& watcher) { return bool(watcher.second.*member); };
  if (std::ranges::none_of(entry->watchers, wants)) return;
  asio::post(entry->strand, [self = shared_from_this(), entry, member, arguments...] {
    std::map<WatcherId, Watcher> watchers;
    {
      const std::lock_guard lock(self->mutex);
      watchers = entry->watchers;
    }
    for (const auto& [id, watcher] : watchers) {
      if (!(watcher.*member)) continue;
      try {
        (watcher.*member)(arguments...);
      } catch (...) {  // out of memory: one goes without, the server does not end
      }
    }
  });
}

Snapshot Board::State::snapshot(const EntryPtr& entry) const {
  auto now = entry->now;
  if (now.status == JobStatus::queued) {
    now.place = std::size_t(std::distance(waiting.begin(), std::ranges::find(waiting, entry)));
  }
  // What it waited for before its first step says nothing of the others.
  const auto gained = now.progress.done - entry->first_done;
  if (now.status == JobStatus::running && gained > 0) {
    const auto took = seconds_between(entry->first_step, Clock::now());
    now.seconds_left = took * (1 - now.progress.done) / gained;
  }
  return now;
}

/// Of those who have fewest pictures in work, whoever has waited longest. Where a large one is
/// beyond the share of its like, all large ones behind it wait too: it would never fit else.
Board::State::EntryPtr Board::State::next_in_turn() {
  std::map<std::string, int> at_work;
  int all = 0, large = 0;
  for (const auto& entry : running) {
    at_work[entry->order.owner] += entry->count();
    all += entry->count();
    if (entry->is_large) large += entry->count();
  }
  EntryPtr next;
  bool is_beyond = false;
  for (const auto& entry : waiting) {
    if (entry->is_large && !is_beyond) {
      is_beyond = large > 0 && large + entry->count() > kShareOfLarge * options.parallel;
    }
    if (entry->is_large && is_beyond) continue;
    if (!next || at_work[entry->order.owner] < at_work[next->order.owner]) next = entry;
  }
  const bool fits = next && (all == 0 || all + next->count() <= options.parallel);
  return fits ? next : nullptr;
}

void Board::State::start_more() {
  while (const auto entry = next_in_turn()) {
    waiting.remove(entry);
    start(entry);
  }
  changed.notify_all();
}

void Board::State::start(const EntryPtr& entry) {
  if (!engine) engine = std::make_shared<Engine>(options.engine);
  running.push_back(entry);
  entry->now.status = JobStatus::running;
  entry->begun = Clock::now();
  tell(entry, &Watcher::on_change, snapshot(entry));
  try {
    entry->job = engine->submit(entry->order.model, entry->order.request, listener_of(entry));
  } catch (...) {
    asio::post(entry->strand, [self = shared_from_this(), entry, error = std::current_exception()] {
      self->end(entry, error);
    });
  }
}

Listener Board::State::listener_of(const EntryPtr& entry) {
  const auto on_strand = [self = weak_from_this(), entry](auto call) {
    asio::post(entry->strand, [self, call = std::move(call)]() mutable {
      if (const auto state = self.lock()) call(*state);
    });
  };
  return {.on_progress =
              [on_strand, entry](const Progress& progress) {
                on_strand([entry, progress](State& state) {
                  const std::lock_guard lock(state.mutex);
                  if (entry->now.progress.done == 0) {
                    entry->first_step = Clock::now(), entry->first_done = progress.done;
                  }
                  entry->now.progress = progress;
                  state.tell(entry, &Watcher::on_change, state.snapshot(entry));
                });
              },
          .on_preview =
              [on_strand, entry](const Preview& preview) {
                on_strand([entry, preview](State& state) { state.show(entry, preview); });
              },
          .on_picture =
              [on_strand, entry](Picture picture) {
                on_strand([entry, picture = std::move(picture)](State& state) mutable {
                  state.add_output(entry, std::move(picture));
                });
              },
          .on_cut =
              [on_strand, entry](const CutPrompt& cut) {
                on_strand([entry, cut](State& state) {
                  const std::lock_guard lock(state.mutex);
                  entry->now.cut.push_back(cut);
                  state.tell(entry, &Watcher::on_change, state.snapshot(entry));
                });
              },
          .on_end =
              [on_strand, entry](std::exception_ptr error) {
                on_strand([entry, error](State& state) { state.end(entry, error); });
              }};
}

void Board::State::show(const EntryPtr& entry, const Preview& preview) {
  const std::lock_guard lock(mutex);
  entry->now.preview = std::make_shared<const Preview>(preview);
  tell(entry, &Watcher::on_preview, preview);
}

void Board::State::add_output(const EntryPtr& entry, Picture picture) {
  const auto& order = entry->order;
  picture.recipe = public_recipe(std::move(picture.recipe));
  picture.recipe.model = entry->now.asked->model;
  try {
    auto output = std::make_shared<const Output>(
        Output{.bytes = encode(picture, order.format, order.quality).bytes,
               .format = order.format,
               .recipe = picture.recipe});
    const std::lock_guard lock(mutex);
    entry->now.outputs.push_back(std::move(output));
    tell(entry, &Watcher::on_output, snapshot(entry));
  } catch (...) {  // WebP has sides of at most 16383 pixels
    const std::lock_guard lock(mutex);
    if (!entry->broken) entry->broken = std::current_exception();
    if (entry->job) entry->job->cancel();
  }
}

void Board::State::end(const EntryPtr& entry, std::exception_ptr error) {
  const std::lock_guard lock(mutex);
  running.remove(entry);
  if (entry->broken) error = entry->broken;
  auto& now = entry->now;
  now.status = !error             ? JobStatus::succeeded
               : entry->cancelled ? JobStatus::canceled
                                  : JobStatus::failed;
  if (now.status == JobStatus::failed) now.error = error;
  entry->over = busy = Clock::now();
  entry->job.reset();
  now.preview.reset();
  if (entry->order.is_kept) now.expires = std::chrono::system_clock::now() + options.kept_for;
  if (!error) {
    const double seconds = seconds_between(entry->begun, entry->over) / entry->count();
    pace = pace == 0 ? seconds : pace + kForgets * (seconds - pace);
  }
  if (options.on_over) {
    options.on_over({.status = now.status,
                     .pictures = int(now.outputs.size()),
                     .waited = seconds_between(entry->asked, entry->begun),
                     .drew = seconds_between(entry->begun, entry->over)});
  }
  tell(entry, &Watcher::on_end, snapshot(entry));
  asio::post(entry->strand, [self = shared_from_this(), entry] {
    const std::lock_guard relock(self->mutex);
    entry->watchers.clear();
  });
  entry->order.model.reset();
  entry->order.request = without_pixels(std::move(entry->order.request));
  if (entry->order.is_kept) {
    kept.push_back(entry);
    forget_expired();
  } else {
    entries.erase(now.id);
  }
  start_more();
}

void Board::State::forget_expired() {
  std::uint64_t bytes = 0;
  for (const auto& entry : kept) bytes += entry->bytes();
  while (!kept.empty()) {
    const auto& oldest = kept.front();
    const bool stays = kept.size() <= options.kept && bytes <= options.kept_bytes &&
                       Clock::now() - oldest->over < options.kept_for;
    if (stays) return;
    bytes -= oldest->bytes();
    forget(oldest->now.id);
    kept.pop_front();
  }
}

void Board::State::forget(const std::string& id) {
  expired.push_back(id);
  if (expired.size() > kRemembered) expired.pop_front();
  entries.erase(id);
}

/// Lets go of what has expired, and of the engine where nobody has asked for long.
void Board::State::keep_house() {
  std::unique_lock lock(mutex);
  while (!changed.wait_for(lock, kRound, [&] { return ends; })) {
    forget_expired();
    const bool sleeps = options.sleep_after.count() > 0 && is_over() && engine &&
                        Clock::now() - busy > options.sleep_after;
    if (!sleeps) continue;
    auto idle = std::move(engine);
    lock.unlock();
    idle.reset();
    give_back_freed_memory();
    lock.lock();
  }
}

int Board::State::seconds_until_room() const {
  const auto next = running.empty() ? 1 : running.front()->count();
  return std::clamp(int(std::ceil(pace * next)), 1, kLongestWait);
}

Board::Board(const BoardOptions& options) : state_(std::make_shared<State>(options)) {
  state_->house = std::thread([state = state_.get()] { state->keep_house(); });
}

void Board::State::cancel_all() {
  for (const auto& entry : running) {
    entry->cancelled = true;
    if (entry->job) entry->job->cancel();
  }
  for (const auto& entry : waiting) {
    running.push_back(entry);
    entry->cancelled = true;
    asio::post(entry->strand, [self = shared_from_this(), entry] {
      self->end(entry, std::make_exception_ptr(Interrupted("the server ends")));
    });
  }
  waiting.clear();
}

Board::~Board() {
  std::shared_ptr<Engine> engine;
  {
    const std::lock_guard lock(state_->mutex);
    state_->drains = state_->ends = true;
    state_->cancel_all();
    engine = std::move(state_->engine);
  }
  state_->changed.notify_all();
  state_->house.join();
  engine.reset();  // which tells all its jobs' ends
  state_->pool.join();
}

std::string Board::submit(JobOrder order, Watcher watcher) {
  const bool is_large = pixels_of(*order.model, order.request) > state_->options.large;
  const std::lock_guard lock(state_->mutex);
  check<Interrupted>(!state_->drains, "the server ends");
  if (state_->waiting.size() + state_->running.size() >= state_->options.queue) {
    throw QueueFull(state_->seconds_until_room());
  }
  const auto entry = std::make_shared<State::Entry>(
      State::Entry{.order = std::move(order),
                   .strand = asio::make_strand(state_->pool.get_executor()),
                   .is_large = is_large});
  entry->now.id = new_id("job_");
  entry->now.created = std::chrono::system_clock::now();
  entry->now.asked = asked_of(entry->order);
  entry->now.progress.pictures = entry->count();
  entry->watchers.emplace(++state_->watchers, std::move(watcher));
  state_->entries[entry->now.id] = entry;
  state_->waiting.push_back(entry);
  state_->start_more();
  return entry->now.id;
}

std::optional<Snapshot> Board::find(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  state_->forget_expired();
  const auto found = state_->entries.find(id);
  if (found == state_->entries.end()) return {};
  return state_->snapshot(found->second);
}

bool Board::has_expired(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  state_->forget_expired();
  return std::ranges::find(state_->expired, id) != state_->expired.end();
}

std::vector<Snapshot> Board::jobs_of(const std::string& owner) {
  const std::lock_guard lock(state_->mutex);
  state_->forget_expired();
  std::vector<Snapshot> jobs;
  for (const auto& [id, entry] : state_->entries) {
    if (entry->order.owner == owner) jobs.push_back(state_->snapshot(entry));
  }
  std::ranges::sort(jobs, {}, &Snapshot::created);
  return jobs;
}

std::optional<WatcherId> Board::watch(const std::string& id, Watcher watcher) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->entries.find(id);
  if (found == state_->entries.end()) return {};
  const auto& entry = found->second;
  const auto watcher_id = ++state_->watchers;
  if (!entry->now.is_over()) {
    entry->watchers.emplace(watcher_id, std::move(watcher));
  } else if (watcher.on_end) {
    asio::post(entry->strand, [on_end = std::move(watcher.on_end), now = state_->snapshot(entry)] {
      on_end(now);
    });
  }
  return watcher_id;
}

void Board::unwatch(const std::string& id, WatcherId watcher) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->entries.find(id);
  if (found != state_->entries.end()) found->second->watchers.erase(watcher);
}

bool Board::cancel(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->entries.find(id);
  if (found == state_->entries.end()) return false;
  const auto& entry = found->second;
  if (entry->now.is_over() || entry->cancelled) return true;
  entry->cancelled = true;
  entry->now.status = JobStatus::canceling;
  if (entry->job) {
    entry->job->cancel();
    return true;
  }
  state_->waiting.remove(entry);
  asio::post(entry->strand, [state = state_, entry] {
    state->end(entry, std::make_exception_ptr(Interrupted("canceled")));
  });
  return true;
}

Board::Load Board::load() {
  const std::lock_guard lock(state_->mutex);
  return {.queued = state_->waiting.size(),
          .running = state_->running.size(),
          .seconds_per_picture = state_->pace,
          .drains = state_->drains};
}

void Board::drain(std::chrono::seconds time) {
  std::unique_lock lock(state_->mutex);
  state_->drains = true;
  const auto is_over = [&] { return state_->is_over(); };
  if (state_->changed.wait_for(lock, time, is_over)) return;
  state_->cancel_all();
  state_->changed.wait_for(lock, kLastEvaluation, is_over);
}

}  // namespace imagine::serve
