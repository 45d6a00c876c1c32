#include "serve/native/capabilities.h"

#include "core/request_json.h"
#include "imagine/styles.h"
#include "imagine/version.h"
#include "serve/native/job_schema.h"

namespace imagine::serve {
namespace {

Json json_of_stage(const StageInfo& stage) {
  Json samplers = Json::array(), defaults = Json::array();
  for (const auto sampler : stage.samplers) samplers.push_back(name_of(sampler));
  for (const auto& [task, inpaints, settings] : stage.defaults) {
    defaults.push_back(
        {{"task", name_of(task)}, {"inpaints", inpaints}, {"settings", to_json(settings)}});
  }
  return {{"size", stage.size},
          {"enlarges", stage.enlarges},
          {"samplers", samplers},
          {"defaults", defaults}};
}

Json json_of_model(Desk& desk, const std::string& name) {
  Json json{{"name", name}};
  try {
    const auto model = desk.shelf.model(name);
    const auto& info = model->info();
    json["licence"] = info.licence;
    json["default_size"] = info.default_size;
    json["sizes"] = info.sizes;
    json["edits_any_shape"] = info.edits_any_shape;
    json["draws_squares_alone"] = info.draws_squares_alone;
    json["weighs_words"] = info.weighs_words;
    json["control"] = info.takes_control;
    json["style"] = info.takes_style;
    json["stages"] = Json::array();
    for (const auto& stage : info.stages) json["stages"].push_back(json_of_stage(stage));
  } catch (const Error& error) {
    json["error"] = error.what();
  }
  return json;
}

Json styles_json() {
  Json styles = Json::array();
  for (const auto& [name, prompt, negative] : named_styles()) {
    styles.push_back({{"name", name}, {"prompt", prompt}, {"negative", negative}});
  }
  return styles;
}

}  // namespace

Json capabilities_of(Desk& desk) {
  const auto names = desk.shelf.names();
  Json models = Json::array();
  for (const auto& name : names) models.push_back(json_of_model(desk, name));
  const auto& limits = desk.limits;
  return {{"version", kVersion},
          {"usual_model", names.front()},
          {"models", models},
          {"loras", desk.shelf.loras()},
          {"styles", styles_json()},
          {"formats", all_names<ImageFormat>()},
          {"limits",
           {{"count", limits.count},
            {"steps", limits.steps},
            {"pixels", limits.pixels},
            {"loras", limits.loras},
            {"prompt", limits.prompt},
            {"body", limits.body}}},
          {"request", job_schema(limits)}};
}

}  // namespace imagine::serve
