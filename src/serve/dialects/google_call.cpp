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

/// "v1", "v1beta", "v2alpha1".
bool is_version(std::string_view segment) {
  const auto skip = [&](const auto& fits) {
    const auto begin = segment.size();
    while (!segment.empty() && fits(segment.front())) segment.remove_prefix(1);
    return begin - segment.size();
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!segment.starts_with('v')) return false;
  segment.remove_prefix(1);
  if (skip(is_digit) == 0) return false;
  for (const std::string_view stage : {"alpha", "beta"}) {
    if (segment.starts_with(stage)) segment.remove_prefix(stage.size());
  }
  skip(is_digit);
  return segment.empty();
}

bool has_version(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (is_version(path.substr(0, end))) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

constexpr std::string_view kModels = "/models/";

}  // namespace

std::optional<GoogleCall> google_call(const std::string& path) {
  const auto models = path.rfind(kModels);
  if (models == path.npos) return {};
  const auto call = path.substr(models + kModels.size());
  const auto colon = call.rfind(':');
  const bool fits = colon != call.npos && colon > 0 && call.find('/') == call.npos &&
                    has_version(path.substr(0, models + 1));
  if (!fits) return {};
  return GoogleCall{.model = call.substr(0, colon), .verb = call.substr(colon + 1)};
}

std::optional<std::string> google_model(const std::string& path) {
  const auto models = (path + '/').rfind(kModels);
  if (models == path.npos || !has_version(path.substr(0, models + 1))) return {};
  const auto name = path.substr(std::min(models + kModels.size(), path.size()));
  return name.find('/') == name.npos ? std::optional(name) : std::nullopt;
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
