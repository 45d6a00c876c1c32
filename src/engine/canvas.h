/// What an edit is drawn on.
#pragma once

#include <optional>

#include "imagine/request.h"

namespace imagine::engine {

/// As large as each other.
struct Canvas {
  Image picture;
  std::optional<Image> mask = {};  ///< white is drawn anew, as the request's mask_use has it
};

/// InputError for an extension of nothing, of less than nothing or of too much, or of a task that
/// edits nothing.
void check_extension(const Request& request);

/// What is edited and its mask, with what is drawn on around it: there the picture's edge goes on,
/// blurred, and the mask is white, as it is on a narrow seam inside. With `square` that becomes a
/// square, on the sides that grow where only one does, else on both; what does not grow at all is
/// cut to the square in its middle.
Canvas canvas_of(const Request& request, bool square);

}  // namespace imagine::engine
