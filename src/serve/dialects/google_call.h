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

/// Whatever stands before v1, v1beta, v1beta1 and the like, and between it and models/; nothing for
/// another path.
std::optional<GoogleCall> google_call(const std::string& path);

/// The model that is asked about at "PREFIX/v1beta/models/NAME"; empty where all are: at the path
/// without a name. Nothing for another path.
std::optional<std::string> google_model(const std::string& path);

/// {"error": {code, message, status}}
HttpResponse google_fault(int status, const std::string& reason, const std::string& field);

}  // namespace imagine::serve
