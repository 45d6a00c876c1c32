#include "serve/openapi.h"

#include "core/lower_case.h"
#include "imagine/version.h"

namespace imagine::serve {
namespace {

/// The names in braces of a path.
Json parameters_of(const std::string& path) {
  Json parameters = Json::array();
  for (std::size_t at = 0; (at = path.find('{', at)) != path.npos; ++at) {
    const auto name = path.substr(at + 1, path.find('}', at) - at - 1);
    parameters.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return parameters;
}

Json operation_of(const Route& route, const std::string& path) {
  Json operation{{"summary", route.summary},
                 {"responses", {{"default", {{"description", "see docs/serve.md"}}}}}};
  if (const auto parameters = parameters_of(path); !parameters.empty()) {
    operation["parameters"] = parameters;
  }
  if (route.schema) {
    operation["requestBody"]["content"]["application/json"]["schema"] = route.schema();
  }
  if (!route.needs_key) operation["security"] = Json::array();
  return operation;
}

}  // namespace

Json openapi_of(const Routes& routes) {
  Json paths = Json::object();
  for (const auto& route : routes.all()) {
    if (route.summary.empty()) continue;
    const auto& path = route.shown.empty() ? route.path : route.shown;
    paths[path][lower_case(route.method)] = operation_of(route, path);
  }
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Imagine"}, {"version", kVersion}}},
      {"security", Json::array({{{"key", Json::array()}}})},
      {"components", {{"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"paths", paths}};
}

}  // namespace imagine::serve
