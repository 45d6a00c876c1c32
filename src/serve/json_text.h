/// JSON on its way to clients.
#pragma once

#include <string>

#include "core/fields.h"

namespace imagine::serve {

/// What is not UTF-8, which strangers' bytes in an error's reason may be, becomes U+FFFD: nothing
/// is thrown.
inline std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace imagine::serve
