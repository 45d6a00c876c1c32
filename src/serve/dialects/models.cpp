#include "serve/dialects/models.h"

#include <chrono>

#include "core/check.h"
#include "serve/json_text.h"

namespace imagine::serve {
namespace {

Json model_of(const Desk& desk, const std::string& name) {
  const auto since = desk.since.time_since_epoch();
  const auto created = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  return {{"id", name},
          {"object", "model"},
          {"created", created},
          {"owned_by", "local"},
          {"name", "models/" + name},
          {"displayName", name},
          {"supportedGenerationMethods", {"predict", "generateContent"}}};
}

}  // namespace

HttpResponse models_of(const Desk& desk) {
  Json models = Json::array();
  for (const auto& name : desk.shelf.names()) models.push_back(model_of(desk, name));
  return {.body = text_of({{"object", "list"}, {"data", models}, {"models", models}})};
}

bool is_model_name(const Desk& desk, const std::string& segment) {
  return segment.find(':') == segment.npos || desk.shelf.has(segment);
}

HttpResponse model_named(const Desk& desk, const std::string& name) {
  if (desk.shelf.has(name)) return {.body = text_of(model_of(desk, name))};
  throw Problem(404, concat("model: expected one that GET /v1/models lists, got \"", name, '"'),
                "model");
}

}  // namespace imagine::serve
