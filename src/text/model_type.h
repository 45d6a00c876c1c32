/// Which architecture a language model is.
#pragma once

#include <string>

#include "core/fields.h"

namespace imagine::text {

/// The "model_type" that every config.json states; ConfigError, naming `where`, if it does not.
std::string model_type(const Json& config, const std::string& where);

}  // namespace imagine::text
