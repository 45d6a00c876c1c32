#include "text/model_type.h"

namespace imagine::text {

std::string model_type(const Json& config, const std::string& where) {
  const auto type = config.find("model_type");  // end() of what is no object, too
  check<ConfigError>(type != config.end() && type->is_string(), where,
                     ": expected a JSON object with a \"model_type\", got none");
  return type->get<std::string>();
}

}  // namespace imagine::text
