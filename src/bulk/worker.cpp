#include "bulk/worker.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>
#include <utility>

#include "bulk/shard_writer.h"
#include "core/check.h"

namespace imagine::bulk {
namespace {

// As many as the engine draws at once, and as many that wait: no evaluation lacks rows.
constexpr std::int64_t kPicturesAhead = 128;
constexpr auto kWait = std::chrono::milliseconds(500);

}  // namespace

Worker::Worker(const Assignment& assignment, std::shared_ptr<const Model> model, Engine& engine,
               ShardFolder folder)
    : assignment_(assignment),
      model_(std::move(model)),
      engine_(engine),
      folder_(std::move(folder)) {}

void Worker::work(const Share& share, const WorkListener& listener) {
  const auto turns = shards_in_turn(folder_.shards(), share);
  while (true) {
    draw_missing(turns, listener);
    if (share.rank > 0) return;
    look_around();
    tell(listener);
    if (there_ == assignment_.pictures()) break;
    check<Interrupted>(listener.goes_on(), "stopped while others drew");
    std::this_thread::sleep_for(kWait);
  }
  folder_.sweep();
}

void Worker::draw_missing(const std::vector<std::int64_t>& turns, const WorkListener& listener) {
  const auto present = folder_.present();
  for (const auto shard : turns) {
    if (present[std::size_t(shard)] || folder_.has(shard)) continue;
    check<Interrupted>(listener.goes_on(), "stopped between two shards");
    auto lock = folder_.lock_of(shard);
    // Whose lock was given back meanwhile has finished the shard, or has not.
    if (lock.take() && !folder_.has(shard)) draw(shard, listener);
  }
}

void Worker::draw(std::int64_t shard, const WorkListener& listener) {
  look_around();
  try {
    fill(shard, listener);
  } catch (const ResourceError&) {
    // Without locks another process may have drawn it too, and swept ours away as the last one.
    if (!folder_.has(shard)) throw;
  }
  drawn_ = 0;
  look_around();
  listener.on_shard(folder_.path_of(shard));
}

void Worker::fill(std::int64_t shard, const WorkListener& listener) {
  const auto [begin, end] = range_of(assignment_, shard);
  const auto count = std::int64_t(assignment_.request.count);
  const auto most_jobs = std::size_t(std::max<std::int64_t>(1, kPicturesAhead / count));
  ShardWriter writer(folder_.path_of(shard), assignment_.format, begin * count);
  Jobs all;  // cancels them before the writer goes
  std::deque<Job> open;
  const auto finish_first = [&] {
    open.front().wait(listener.goes_on);
    open.pop_front();
  };
  for (auto prompt = begin; prompt < end; ++prompt) {
    if (open.size() == most_jobs) finish_first();
    const auto on_picture = [&, number = prompt * count](const Picture& picture) mutable {
      writer.add(number++, picture);
      ++drawn_;
      tell(listener);
    };
    open.push_back(engine_.submit(
        model_, request_for(assignment_, prompt),
        {.on_picture = on_picture, .on_cut = [this](const CutPrompt& cut) { note_cut(cut); }}));
    all.add(open.back());
  }
  while (!open.empty()) finish_first();
  writer.finish();
}

void Worker::note_cut(const CutPrompt& cut) {
  if (++cut_ == 1) first_cut_ = cut.prompt;
}

void Worker::look_around() {
  const auto present = folder_.present();
  there_ = 0;
  for (std::int64_t shard = 0; shard < folder_.shards(); ++shard) {
    const auto [begin, end] = range_of(assignment_, shard);
    if (present[std::size_t(shard)]) there_ += (end - begin) * assignment_.request.count;
  }
}

void Worker::tell(const WorkListener& listener) {
  const auto done = there_ + drawn_;
  if (std::exchange(told_, done) == done) return;
  listener.on_progress({.done = done, .all = assignment_.pictures()});
}

}  // namespace imagine::bulk
