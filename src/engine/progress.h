/// How far a job is.
#pragma once

#include <cstdint>

#include "engine/job.h"

namespace imagine::engine {

/// Pixels of one of the order's pictures in the end.
std::int64_t final_pixels(const Order& order, const models::Cascade& cascade);

/// What drawing one of the job's pictures costs, and what of it is left to do: about so many pixels
/// of rows that are evaluated.
double work_of(const JobWork& job);
double work_left(const JobWork& job, const PictureWork& picture);

/// Of a job of which pictures first .. first + together - 1 were just drawn together, the first of
/// which is `picture`.
Progress progress_of(const JobWork& job, const PictureWork& picture, int together);

}  // namespace imagine::engine
