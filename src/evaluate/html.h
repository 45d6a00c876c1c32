/// Pieces of the report's page.
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"
#include "evaluate/interval.h"

namespace imagine::evaluate {

using Cells = std::vector<std::string>;

std::string table(const Cells& head, const std::vector<Cells>& rows);
/// Of the class `kind`: "headline", "note" or none.
std::string paragraph(const std::string& text, const char* kind = "");

/// With so many digits after the point.
std::string number(double value, int digits);
/// Of {"value", "interval"}, as json_of() writes it.
Estimate estimate_of(const Json& json);
/// The same as "71.3 % (66.0 to 76.1)".
std::string share(const Json& json);

}  // namespace imagine::evaluate
