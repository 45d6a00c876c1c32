#include "serve/dialects/google_call.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "serve/json_text.h"

namespace imagine::serve {
namespace {

const char* name_of_status(int status) {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 503:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}

bool has_version(std::string_view path) {
  constexpr std::array<std::string_view, 3> kVersions = {"/v1/", "/v1beta/", "/v1beta1/"};
  return std::ranges::any_of(kVersions, [&](auto version) {
    const auto at = path.find(version);
    return at != path.npos;
  });
}

}  // namespace

std::optional<GoogleCall> google_call(const std::string& path) {
  constexpr std::string_view kModels = "/models/";
  const auto models = path.rfind(kModels);
  if (models == path.npos) return {};
  const auto call = path.substr(models + kModels.size());
  const auto colon = call.find(':');
  const bool fits = colon != call.npos && colon > 0 && call.find('/') == call.npos &&
                    has_version(path.substr(0, models + 1));
  if (!fits) return {};
  return GoogleCall{.model = call.substr(0, colon), .verb = call.substr(colon + 1)};
}

HttpResponse google_fault(int status, const std::string& reason, const std::string& field) {
  Json error{{"code", status}, {"message", reason}, {"status", name_of_status(status)}};
  if (!field.empty()) {
    error["details"] = Json::array(
        {{{"@type", "type.googleapis.com/google.rpc.BadRequest"},
          {"fieldViolations", Json::array({{{"field", field}, {"description", reason}}})}}});
  }
  return {.status = status, .body = text_of({{"error", error}})};
}

}  // namespace imagine::serve
