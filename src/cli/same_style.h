/// A set of pictures in one look.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/drawing.h"

namespace imagine::cli {

/// Draws the first picture alone, then all others with its look. `write` is told of each, with the
/// index of its request, and returns the file that it went to, which their recipes name. InputError
/// where there are no others, or the model takes on no look.
void draw_in_one_style(DrawingSession& session, std::vector<Request> requests, Style style,
                       const std::function<std::string(std::size_t request, Picture)>& write);

}  // namespace imagine::cli
