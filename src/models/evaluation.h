/// An evaluation of a network on all cores.
#pragma once

#include <span>
#include <vector>

#include "models/stage.h"
#include "tensor/cores.h"

namespace imagine::models {

/// A prediction for each row. On the CPU several rows are computed in parts, one on each core: an
/// operation on one core waits for nobody and its data stay in that core's cache.
std::vector<diffusion::Prediction> evaluated(const Network& network, std::span<const Row> rows,
                                             tensor::Cores& cores);

}  // namespace imagine::models
