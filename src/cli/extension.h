/// How --extend is written.
#pragma once

#include <string>

#include "imagine/request.h"

namespace imagine::cli {

/// "right:0.5", "left:0.25,bottom:0.5", or "0.25" for all four sides. InputError for anything else.
Extension extension_of(const std::string& text);

}  // namespace imagine::cli
