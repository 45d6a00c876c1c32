/// What a request comes to on a model.
#pragma once

#include "cascade/model.h"
#include "imagine/request.h"

namespace imagine::cascade {

/// Indices of a model's stages.
struct Stages {
  std::size_t begin, end;
};

struct Job {
  Request request;  ///< with its size, its pictures of a shape that the model takes
  double ratio;     ///< width to height of what is drawn from noise
  Stages stages;    ///< those that serve it
  Recipe recipe;    ///< of its pictures, but for their seed and dtype
  Tensor upscaled;  ///< [1, 3, H, W] in -1 .. 1, where the request is to upscale
};

/// InputError for what cannot be served, ConfigError for stages that do not fit each other.
Job job_of(const Request& request, const Model& model);

}  // namespace imagine::cascade
