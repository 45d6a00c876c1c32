/// Boxes of a request, checked against what a stage tells apart.
#pragma once

#include <string>

#include "imagine/prompt.h"
#include "models/stage.h"

namespace imagine::engine {

/// InputError, its place beginning with `name`, for a box that is empty, not inside the picture, or
/// smaller than a place of `first`.
void check_box(const Box& box, const std::string& name, const models::StageSpec& first);

}  // namespace imagine::engine
