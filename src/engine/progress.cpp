#include "engine/progress.h"

#include <algorithm>
#include <cmath>

namespace imagine::engine {
namespace {

/// How many times as long as high a picture in windows is, or the reverse; else 1.
double length_of(const Order& order) {
  return order.by_windows ? std::max(order.ratio, 1 / order.ratio) : 1;
}

/// The texts that are followed at once in the first stage, at most.
std::int64_t texts_of(const Request& request) {
  std::int64_t most = 1;
  for (const auto& wording : request.wording.value_or(std::vector<Wording>())) {
    most = std::max(most, std::ssize(wording.clauses));
  }
  const bool apart = request.regions && request.region_method == RegionMethod::multidiffusion;
  return apart ? most + std::ssize(*request.regions) : most;
}

/// Of one stage: rows times steps times pixels.
double work_of(const JobWork& job, const StageWork& stage) {
  const auto& settings = stage.settings;
  const auto& order = job.order();
  const bool draws_first = !job.spec(stage).enlarges();
  const auto texts = draws_first ? double(texts_of(order.request)) : 1;
  const double rows = settings.guidance == 1 ? texts : texts + 1;
  const double squares = draws_first ? 2 * length_of(order) - 1 : length_of(order);
  return rows * double(steps_of(settings)) * settings.strength * squares * double(settings.size) *
         double(settings.size);
}

}  // namespace

std::int64_t final_pixels(const Order& order, const models::Cascade& cascade) {
  const auto size = std::int64_t(order.request.size) * order.shrink;
  if (order.request.task == Task::generate) {
    return std::llround(double(size * size) * length_of(order));
  }
  const auto& image = order.canvas ? order.canvas->picture : order.request.image->image;
  const Extent whole{.width = image.width, .height = image.height};
  auto extent = order.canvas ? Extent{.width = 0, .height = 0} : whole;
  for (auto i = order.stages.begin; i < order.stages.end; ++i) {
    const auto& stage = *cascade.stages[i].spec;
    extent = order.canvas ? stage.edited(whole, extent) : stage.enlarged(extent);
  }
  return extent.width * extent.height;
}

double work_of(const JobWork& job) {
  double all = 0;
  for (const auto& stage : job.stages) all += work_of(job, stage);
  return all;
}

double work_left(const JobWork& job, const PictureWork& picture) {
  double left = 0;
  for (auto i = picture.stage; i < job.stages.size(); ++i) {
    const auto work = work_of(job, job.stages[i]);
    left += work;
    if (i > picture.stage || !picture.run) continue;
    left -= work * double(picture.run->steps_done()) / double(picture.run->steps());
  }
  return left;
}

Progress progress_of(const JobWork& job, const PictureWork& picture, int together) {
  const auto count = job.order().request.count;
  Progress progress{
      .size = job.stages[picture.stage].settings.size,
      .step = int(picture.run->steps_done()),
      .steps = int(picture.run->steps()),
      .picture = picture.index,
      .together = together,
      .pictures = count,
  };
  double done = job.handed_over + int(job.finished.size());
  for (const auto& other : job.pictures) done += 1 - work_left(job, other) / work_of(job);
  progress.done = done / count;
  return progress;
}

}  // namespace imagine::engine
