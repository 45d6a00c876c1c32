/// Which sizes a model draws: those of its stages, and halves of enlarged ones.
#pragma once

#include <vector>

#include "imagine/request.h"
#include "models/cascade.h"

namespace imagine::engine {

struct DrawnSize {
  int size;        ///< pixels along a side of what comes out
  int shrink = 1;  ///< so many times as large is what is drawn, squares of that side make one pixel
};

/// From the smallest on. Half of an enlarged size is offered where that is still larger than what
/// is enlarged, and where the request's own picture is not what is.
std::vector<DrawnSize> sizes_of(const models::Cascade& cascade, Task task);

}  // namespace imagine::engine
