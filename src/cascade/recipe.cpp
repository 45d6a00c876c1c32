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

/// "3.0", "16" or "dpm++" of every stage, separated by commas; one where they agree.
template <class Value>
std::string of_stages(const Recipe& recipe, Value StageRecipe::*member) {
  std::string list, first;
  bool agree = true;
  for (const auto& stage : recipe.stages) {
    const auto json = to_json(stage.*member);
    const auto text = json.is_string() ? json.template get<std::string>() : json.dump();
    if (list.empty()) first = text;
    agree = agree && text == first;
    list += concat(list.empty() ? "" : ",", text);
  }
  return agree ? first : list;
}

/// " --name VALUE", or nothing where no stage has one.
template <class Value>
std::string option(const char* name, const Recipe& recipe, Value StageRecipe::*member) {
  const auto value = of_stages(recipe, member);
  return value.empty() ? "" : concat(" --", name, ' ', value);
}

/// As AUTOMATIC1111's programs write a value, so that they read it back: as a JSON string where
/// a comma, a colon or a line break would end it, or where it looks like one.
std::string value_text(const std::string& text) {
  const bool plain = text.find_first_of(",:\"\n\r\t\v\f") == text.npos && !text.starts_with(' ') &&
                     !text.ends_with(' ');
  return plain ? text : Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

io::Provenance provenance_of(const Recipe& recipe) {
  std::string parameters = recipe.prompt + "\n";
  if (!recipe.negative.empty()) parameters += "Negative prompt: " + recipe.negative + "\n";
  // Other tools know one stage: the one that drew from noise.
  const auto& stage = recipe.stages.empty() ? StageRecipe() : recipe.stages.front();
  parameters += concat("Steps: ", value_text(stage.steps), ", Sampler: ", value_text(stage.sampler),
                       ", CFG scale: ", stage.guidance, ", Seed: ", recipe.seed,
                       ", Size: ", recipe.width, "x", recipe.height);
  if (!recipe.model.empty()) parameters += ", Model: " + value_text(recipe.model);
  if (recipe.task == "edit") parameters += concat(", Denoising strength: ", stage.strength);
  return {.parameters = parameters,
          .json = to_json(recipe).dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::optional<Recipe> recipe_of(const io::Provenance& provenance, const std::string& where) {
  if (provenance.json.empty()) return std::nullopt;
  const auto json = io::parse_json(provenance.json, where);
  // Written before recipes told of every stage: too little to make the picture again.
  if (json.is_object() && json.contains("steps")) return std::nullopt;
  return at_place<FormatError>("", [&] { return from_json<Recipe>(json, where); });
}

std::string command_of(const Recipe& recipe) {
  const auto text = [](const char* name, const std::string& value) {
    return value.empty() ? std::string() : concat(" --", name, '=', quoted(value));
  };
  std::string loras;
  for (const auto& lora : recipe.loras) loras += text("lora", lora);
  // Recipes of before 2026-11-28 told of other models' folders as their names.
  const bool is_folder = recipe.model.find('/') != std::string::npos;
  const auto folder = recipe.model_folder.empty() && is_folder ? recipe.model : recipe.model_folder;
  const bool edits = recipe.task == "edit", upscales = recipe.task == "upscale";
  // What else asks for the base is in the command already.
  const bool says_base = recipe.task == "generate" && recipe.negative.empty() &&
                         recipe.loras.empty() && !recipe.stages.empty() &&
                         recipe.stages.front().network == kBaseNetwork;
  const auto argument = [](const std::string& value) { return concat(' ', quoted(value)); };
  std::string prompts;
  for (const auto& prompt : recipe.prompts) prompts += argument(prompt);
  const bool is_sheet = !prompts.empty();
  if (!is_sheet && !upscales) prompts = argument(recipe.prompt);
  return concat("imagine ", recipe.task, " --seed ", recipe.seed, " --size ", recipe.size,
                text("aspect", recipe.aspect), option("steps", recipe, &StageRecipe::steps),
                option("guidance", recipe, &StageRecipe::guidance),
                option("sampler", recipe, &StageRecipe::sampler),
                option("noise-level", recipe, &StageRecipe::noise_level),
                edits ? option("strength", recipe, &StageRecipe::strength) : "",
                recipe.stages.empty() ? "" : text("kept", recipe.stages.front().kept),
                text("mask", recipe.mask), " --dtype ", recipe.dtype, text("model", folder),
                text("text-encoder", recipe.text_encoder), loras,
                recipe.clean_caption ? " --clean-caption" : "", text("negative", recipe.negative),
                says_base ? " --full" : "",
                is_sheet ? concat(" --count ", recipe.count, " --grid") : "",
                upscales ? text("prompt", recipe.prompt) : "", " --",
                recipe.image.empty() ? "" : argument(recipe.image), prompts);
}

}  // namespace imagine::cascade
