#include "serve/native/picture_recipe.h"

#include "core/request_json.h"
#include "imagine/image_file.h"
#include "serve/jobs/public_recipe.h"
#include "serve/problem.h"

namespace imagine::serve {
namespace {

Json fields_of(const Recipe& recipe) {
  const auto stage = recipe.stages.empty() ? StageSettings() : recipe.stages.front();
  return {{"prompt", recipe.request.prompt},
          {"negative", recipe.request.negative},
          {"steps", to_json(stage.steps)},
          {"sampler", name_of(stage.sampler)},
          {"guidance", stage.guidance},
          {"seed", recipe.request.seed},
          {"width", recipe.width},
          {"height", recipe.height},
          {"model", recipe.model}};
}

Origin origin_in(const std::string& file) {
  try {
    return origin_of(file, "the picture");
  } catch (const InputError& error) {
    throw Problem(404, error.what());
  }
}

}  // namespace

Json picture_recipe_of(const std::string& file) {
  const auto origin = origin_in(file);
  Json json{{"format", "imagine"}};
  if (origin.recipe) {
    const auto recipe = without_places(*origin.recipe);
    json["recipe"] = to_json(recipe);
    json["fields"] = fields_of(recipe);
  } else {
    json["fields"] = Json::parse(origin.json);
    json["format"] = json["fields"].value("format", "unknown");
  }
  json["text"] = origin.text;
  return json;
}

}  // namespace imagine::serve
