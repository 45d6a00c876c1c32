/// Where Google's clients ask, and how errors are told them.
#pragma once

#include <optional>
#include <string>

#include "core/fields.h"
#include "serve/http/routes.h"

namespace imagine::serve {

/// "/v1beta/projects/p/locations/l/publishers/google/models/imagen:predict"
struct GoogleCall {
  std::string model;
  std::string verb;  ///< "predict"
};

/// Whatever stands before v1, v1beta or v1beta1, and between it and models/; nothing for another
/// path.
std::optional<GoogleCall> google_call(const std::string& path);

/// {"error": {code, message, status}}
HttpResponse google_fault(int status, const std::string& reason, const std::string& field);

}  // namespace imagine::serve
