/// Parts of a picture that read words of their own.
#pragma once

#include <vector>

#include "core/extent.h"
#include "imagine/prompt.h"
#include "tensor/types.h"

namespace imagine::models {

/// How much of each square of a grid belongs to each region: [R, rows, columns], 0 .. 1. Edges fade
/// as Region::feather says; a region with an empty box is what the others leave.
Tensor region_shares(const std::vector<Region>& regions, Extent grid);

/// What is added to the scores of words that a picture's places look for, so that each place finds
/// those of its region: of the picture's own words, then of each region's, [1, 1, N, 1] each, N the
/// grid's squares row after row. Words that belong to half of a place count half there.
std::vector<Tensor> region_biases(const std::vector<Region>& regions, Extent grid);

/// Which part of each pixel's prediction each region's own picture makes, so that all make one:
/// of the picture's own words first, then of the regions, [1 + R, rows, columns].
Tensor region_weights(const std::vector<Region>& regions, Extent grid);

}  // namespace imagine::models
