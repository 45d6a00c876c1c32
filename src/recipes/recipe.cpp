#include "recipes/recipe.h"

#include <algorithm>
#include <cctype>

#include "core/number.h"
#include "core/place.h"
#include "core/sources.h"
#include "io/json_file.h"
#include "recipes/a1111_samplers.h"

namespace imagine::recipes {
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

/// A setting as an option has it; empty for none.
template <class Value>
std::string text_of(const Value& value) {
  const auto json = to_json(value);
  if (json.is_null()) return {};
  return json.is_string() ? json.template get<std::string>() : json.dump();
}

std::string text_of(const Box& box) {
  return concat(shortest(box.x), ',', shortest(box.y), ',', shortest(box.width), ',',
                shortest(box.height));
}

/// "left:0.5,top:0.25"
std::string text_of(const Extension& extension) {
  std::string text;
  Extension::fields(extension, [&](const char* side, double part, const char*) {
    if (part > 0) text += concat(text.empty() ? "" : ",", side, ':', shortest(part));
  });
  return text;
}

/// "3.0", "16" or "dpm++" of every stage, separated by commas; one where they agree.
template <class Value>
std::string of_stages(const Recipe& recipe, Value StageSettings::*member) {
  std::string list, first;
  bool agree = true;
  for (const auto& stage : recipe.stages) {
    const auto text = text_of(stage.*member);
    if (list.empty()) first = text;
    agree = agree && text == first;
    list += concat(list.empty() ? "" : ",", text);
  }
  return agree ? first : list;
}

/// " --name VALUE", or nothing where no stage has one.
template <class Value>
std::string option(const char* name, const Recipe& recipe, Value StageSettings::*member) {
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

/// Takes away a text that says nothing.
void drop_empty(Json& from, const char* name) {
  if (from.value(name, Json()) == "") from.erase(name);
}

/// FILE:WEIGHT
void upgrade_lora(Json& lora) {
  if (!lora.is_string()) return;
  const auto text = lora.get<std::string>();
  const auto colon = text.rfind(':');
  if (colon == text.npos) return;
  const auto weight = Json::parse(text.substr(colon + 1), nullptr, /*allow_exceptions=*/false);
  if (weight.is_number()) lora = Json{{"file", text.substr(0, colon)}, {"weight", weight}};
}

void upgrade_stage(Json& stage) {
  if (!stage.is_object()) return;
  if (stage.contains("kept")) stage["known_region"] = stage["kept"], stage.erase("kept");
  drop_empty(stage, "known_region"), drop_empty(stage, "network");
  const auto steps = stage.value("steps", Json());
  if (!steps.is_string()) return;
  if (const auto count = whole_number(steps.get<std::string>())) stage["steps"] = *count;
}

/// Whatever stands there: a stranger may have written it.
template <class Upgrade>
void upgrade_all(Json& json, const char* name, const Upgrade& upgrade) {
  if (json.value(name, Json()).is_array()) std::ranges::for_each(json[name], upgrade);
}

/// Recipes of before 2026-11-29 have numbers of steps as texts, empty texts where something is not,
/// low-rank changes as FILE:WEIGHT, and "kept" for the known region.
Json upgraded(Json json) {
  if (!json.is_object()) return json;
  drop_empty(json, "image"), drop_empty(json, "mask");
  upgrade_all(json, "loras", upgrade_lora);
  upgrade_all(json, "stages", upgrade_stage);
  return json;
}

/// A picture's file in the command, or what stands for it: "EDGES-FROM.png".
std::string file_of(const std::string& option, const Source& picture) {
  if (picture.name != kSent) return picture.name;
  std::string name;
  for (const char letter : option) name += char(std::toupper(static_cast<unsigned char>(letter)));
  return name + ".png";
}

const char* mask_option(const Request& request) {
  return request.mask_use == MaskUse::strength ? "strength-map" : "mask";
}

/// visit(option, picture) for each that a control has.
template <class Visit>
void visit_given(const Control& control, const Visit& visit) {
  visit_pictures(control, [&](std::string option, const std::optional<Source>& picture) {
    std::ranges::replace(option, '_', '-');
    if (picture) visit(option, *picture);
  });
}

/// The options that say where a picture is drawn anew, or on.
std::string place_of(const Request& request) {
  std::string options;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options += concat(" --", name, '=', quoted(value));
  };
  if (request.mask) add(mask_option(request), file_of(mask_option(request), *request.mask));
  if (request.extend) add("extend", text_of(*request.extend));
  return options;
}

/// The options that say what is followed beside the words.
std::string control_of(const Request& request) {
  std::string options;
  const auto add = [&](const std::string& name, const std::string& value) {
    options += concat(" --", name, ' ', quoted(value));
  };
  if (const auto& style = request.style) {
    add("style-from", file_of("style-from", style->picture));
    if (style->weight != Style().weight) add("style-weight", shortest(style->weight));
    if (style->until != 1) add("style-until", shortest(style->until));
  }
  if (!request.control) return options;
  const auto& control = *request.control;
  for (const auto& [box, phrase] : control.layout) add("thing", concat(text_of(box), ": ", phrase));
  visit_given(control, [&](const std::string& option, const Source& picture) {
    add(option, file_of(option, picture));
  });
  std::string palette;
  for (const auto& [colour, share] : control.palette) {
    palette += concat(palette.empty() ? "" : ",", colour);
    if (share) palette += concat(':', shortest(*share));
  }
  if (!palette.empty()) add("palette", palette);
  if (control.strength != 1) add("control-strength", shortest(control.strength));
  if (control.until != 1) add("control-until", shortest(control.until));
  return options;
}

/// The options that say how prompts are written and what is where. Signs in the prompt name their
/// regions themselves.
std::string words_of(const Request& request) {
  std::string options;
  const auto add = [&](const char* name, const std::string& value) {
    options += concat(" --", name, ' ', quoted(value));
  };
  if (request.prompt_syntax) add("prompt-syntax", name_of(*request.prompt_syntax));
  if (request.region_method) add("region-method", name_of(*request.region_method));
  const bool signs = request.prompt.find("<region:") != std::string::npos;
  if (!request.regions || request.regions->empty() || signs) return options;
  for (const auto& [box, prompt, strength, feather, until, parts] : *request.regions) {
    const bool rest = box.width == 0 && box.height == 0;
    const auto place = rest ? std::string("background") : text_of(box);
    add("region", concat(place, ": ", prompt));
  }
  const auto& first = request.regions->front();  // the command has one value for all of them
  if (first.strength != Region().strength) add("region-strength", shortest(first.strength));
  if (first.feather != 0) add("region-feather", shortest(first.feather));
  if (first.until != 1) add("region-until", shortest(first.until));
  return options;
}

}  // namespace

io::Provenance provenance_of(const Recipe& recipe) {
  const auto& request = recipe.request;
  std::string parameters = request.prompt + "\n";
  if (!request.negative.empty()) parameters += "Negative prompt: " + request.negative + "\n";
  // Other tools know one stage: the one that drew from noise.
  const auto& stage = recipe.stages.empty() ? StageSettings() : recipe.stages.front();
  parameters +=
      concat("Steps: ", value_text(text_of(stage.steps)),
             ", Sampler: ", value_text(a1111_name(stage.sampler)), ", CFG scale: ", stage.guidance,
             ", Seed: ", request.seed, ", Size: ", recipe.width, "x", recipe.height);
  if (!recipe.model.empty()) parameters += ", Model: " + value_text(recipe.model);
  if (request.task == Task::edit) parameters += concat(", Denoising strength: ", stage.strength);
  return {.parameters = parameters,
          .json = to_json(recipe).dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::optional<Recipe> recipe_of(const io::Provenance& provenance, const std::string& where) {
  if (provenance.json.empty()) return std::nullopt;
  const auto json = io::parse_json(provenance.json, where);
  // Written before recipes told of every stage: too little to make the picture again.
  if (json.is_object() && json.contains("steps")) return std::nullopt;
  return at_place<FormatError>("", [&] { return from_json<Recipe>(upgraded(json), where); });
}

std::string command_line_of(const Recipe& recipe) {
  const auto& request = recipe.request;
  const auto text = [](const char* name, const std::string& value) {
    return value.empty() ? std::string() : concat(" --", name, '=', quoted(value));
  };
  std::string loras;
  for (const auto& [file, weight] : request.loras)
    loras += text("lora", concat(file, ':', shortest(weight)));
  // Recipes of before 2026-11-28 told of other models' folders as their names.
  const bool is_folder = recipe.model.find('/') != std::string::npos;
  const auto folder = recipe.model_folder.empty() && is_folder ? recipe.model : recipe.model_folder;
  const bool edits = request.task == Task::edit, upscales = request.task == Task::upscale;
  const auto first = recipe.stages.empty() ? StageSettings() : recipe.stages.front();
  const bool is_base = first.network == StageNetwork::base;
  const bool all_inpaint = std::ranges::all_of(
      recipe.stages, [](const auto& stage) { return stage.known_region.has_value(); });
  const auto argument = [](const std::string& value) { return concat(' ', quoted(value)); };
  std::string prompts;
  for (const auto& prompt : recipe.prompts) prompts += argument(prompt);
  const bool is_sheet = !prompts.empty();
  if (!is_sheet && !upscales) prompts = argument(request.prompt);
  const auto image = request.image ? argument(file_of("image", *request.image)) : "";
  return concat("imagine ", name_of(request.task), " --seed ", request.seed, " --size ",
                request.size, text("aspect", request.aspect),
                text("aspect-method",
                     request.aspect_method ? std::string(name_of(*request.aspect_method)) : ""),
                option("steps", recipe, &StageSettings::steps),
                option("guidance", recipe, &StageSettings::guidance),
                option("sampler", recipe, &StageSettings::sampler),
                text("t-min", text_of(first.t_min)), text("t-max", text_of(first.t_max)),
                option("noise-level", recipe, &StageSettings::noise_level),
                edits ? option("strength", recipe, &StageSettings::strength) : "",
                all_inpaint ? option("known-region", recipe, &StageSettings::known_region) : "",
                place_of(request), " --dtype ", quoted(recipe.dtype), text("model", folder),
                text("text-encoder", recipe.text_encoder), loras,
                request.clean_caption ? " --clean-caption" : "", words_of(request),
                control_of(request), upscales ? "" : text("negative", request.negative),
                is_base ? " --full" : "",
                is_sheet ? concat(" --count ", request.count, " --grid") : "",
                upscales ? text("prompt", request.prompt) : "", " --", image, prompts);
}

std::vector<std::string> stand_ins_of(const Recipe& recipe) {
  const auto& request = recipe.request;
  std::vector<std::string> names;
  const auto add = [&](const std::string& option, const Source& picture) {
    if (picture.name == kSent) names.push_back(file_of(option, picture));
  };
  if (request.image) add("image", *request.image);
  if (request.mask) add(mask_option(request), *request.mask);
  if (request.style) add("style-from", request.style->picture);
  if (request.control) visit_given(*request.control, add);
  return names;
}

}  // namespace imagine::recipes
