#include "cascade/recipe.h"

#include "core/fields.h"
#include "core/place.h"
#include "io/json_file.h"

namespace imagine::cascade {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

}  // namespace

io::Provenance provenance_of(const Recipe& recipe) {
  std::string parameters = recipe.prompt + "\n";
  if (!recipe.negative.empty()) parameters += "Negative prompt: " + recipe.negative + "\n";
  parameters += concat("Steps: ", recipe.steps, ", Sampler: ", recipe.sampler,
                       ", CFG scale: ", recipe.guidance, ", Seed: ", recipe.seed,
                       ", Size: ", recipe.size, "x", recipe.size, ", Model: ", recipe.model);
  return {.parameters = parameters, .json = to_json(recipe).dump()};
}

std::optional<Recipe> recipe_of(const io::Provenance& provenance, const std::string& where) {
  if (provenance.json.empty()) return std::nullopt;
  return at_place<FormatError>(
      "", [&] { return from_json<Recipe>(io::parse_json(provenance.json, where), where); });
}

std::string command_of(const Recipe& recipe) {
  const auto negative =
      recipe.negative.empty() ? std::string() : " --negative=" + quoted(recipe.negative);
  return concat("./imagine generate --seed ", recipe.seed, " --size ", recipe.size, " --steps ",
                recipe.steps, " --guidance ", to_json(recipe.guidance), " --sampler ",
                recipe.sampler, " --dtype ", recipe.dtype, negative, " -- ", quoted(recipe.prompt));
}

}  // namespace imagine::cascade
