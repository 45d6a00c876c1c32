#include "engine/progress.h"

#include <algorithm>

namespace imagine::engine {
namespace {

/// Of one stage: rows times steps times pixels.
double work_of(const StageSettings& settings) {
  const double rows = settings.guidance == 1 ? 1 : 2;
  return rows * double(steps_of(settings)) * settings.strength * double(settings.size) *
         double(settings.size);
}

}  // namespace

std::int64_t final_pixels(const Order& order, const models::Cascade& cascade) {
  const auto size = std::int64_t(order.request.size) * order.shrink;
  if (order.request.task == Task::generate) return size * size;
  const auto& image = order.request.image->image;
  Extent extent{.width = image.width, .height = image.height};
  if (order.request.task == Task::edit) {
    const auto [shorter, longer] = std::minmax(extent.width, extent.height);
    return size * size * longer / shorter;
  }
  for (auto i = order.stages.begin; i < order.stages.end; ++i) {
    extent = cascade.stages[i].spec->enlarged(extent);
  }
  return extent.width * extent.height;
}

double work_of(const JobWork& job) {
  double all = 0;
  for (const auto& stage : job.stages) all += work_of(stage.settings);
  return all;
}

double work_left(const JobWork& job, const PictureWork& picture) {
  double left = 0;
  for (auto i = picture.stage; i < job.stages.size(); ++i) {
    const auto work = work_of(job.stages[i].settings);
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
