#include "engine/progress.h"

#include <algorithm>

#include "diffusion/timesteps.h"

namespace imagine::engine {
namespace {

/// About what a stage costs, in steps times pixels.
double weight_of(const StageSettings& settings) {
  const auto* count = std::get_if<std::int64_t>(&settings.steps);
  const auto steps =
      count ? *count : std::ssize(diffusion::timesteps_of(std::get<TimestepList>(settings.steps)));
  return double(steps) * settings.strength * double(settings.size) * double(settings.size);
}

/// How much of a picture is done, 0 .. 1.
double share_done(const JobWork& job, const PictureWork& picture) {
  double done = 0, all = 0;
  for (std::size_t i = 0; i < job.stages.size(); ++i) {
    const double weight = weight_of(job.stages[i].settings);
    all += weight;
    if (i < picture.stage) done += weight;
    if (i == picture.stage && picture.run) {
      done += weight * double(picture.run->steps_done()) / double(picture.run->steps());
    }
  }
  return done / all;
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
  for (const auto& other : job.pictures) done += share_done(job, other);
  progress.done = done / count;
  return progress;
}

}  // namespace imagine::engine
