/// What the report says of control: sections of its page and lines of its summary.
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"

namespace imagine::evaluate {

std::string regions_html(const Json& regions);
std::string weights_html(const Json& weights);
std::string layout_html(const Json& layout);
std::string lines_html(const Json& lines);
std::string palettes_html(const Json& palettes);

/// A line for each of these chapters that is in the results.
std::vector<std::string> control_headlines(const Json& results);

}  // namespace imagine::evaluate
