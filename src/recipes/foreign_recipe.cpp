#include "recipes/foreign_recipe.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/check.h"
#include "core/lower_case.h"
#include "core/number.h"
#include "io/json_file.h"
#include "recipes/comfy.h"

namespace imagine::recipes {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

/// A number where the text is one, all of it; else the text.
Json value_of(const std::string& text) {
  const auto* end = text.data() + text.size();
  std::uint64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole);
      read.ec == std::errc() && read.ptr == end) {
    return whole;
  }
  if (const auto negative = whole_number(text)) return *negative;  // -1: a seed by chance
  const auto number = real_number(text);
  return number ? Json(*number) : Json(text);
}

std::string trimmed(std::string_view text) {
  constexpr const char* kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

// --- A1111 -------------------------------------------------------------------------------------

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

bool is_key(char c) { return is_word(c) || c == ' ' || c == '-' || c == '/'; }

/// Where a string in quotes that begins at `at` ends, behind its quote; npos where it does not.
std::size_t end_of_quoted(std::string_view line, std::size_t at) {
  for (auto i = at + 1; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      return i > at + 1 ? i + 1 : line.npos;
    }
  }
  return line.npos;
}

/// What a JSON string in quotes says; else the text itself.
std::string unquoted(const std::string& text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  try {
    const auto json = io::parse_json(text, "parameters");
    return json.is_string() ? json.get<std::string>() : text;
  } catch (const FormatError&) {
    return text;
  }
}

/// Where the next key begins and its colon stands, from `at` on; npos, npos where there is none.
std::pair<std::size_t, std::size_t> next_key(std::string_view line, std::size_t at) {
  while (at < line.size()) {
    const auto begin = at;
    while (at < line.size() && is_key(line[at])) ++at;
    auto word = begin;
    while (word < at && !is_word(line[word])) ++word;
    if (at < line.size() && line[at] == ':' && at > word + 1) return {word, at};
    ++at;
  }
  return {line.npos, line.npos};
}

/// "Key: value, Key: "value, in quotes", ..." as A1111 takes it apart; what is neither is passed
/// over, and what comes after a thousand.
Settings settings_of(std::string_view line) {
  constexpr std::size_t kMost = 1000;
  Settings settings;
  for (std::size_t at = 0; settings.size() < kMost;) {
    const auto [key, colon] = next_key(line, at);
    if (key == line.npos) break;
    auto begin = colon + 1;
    while (begin < line.size() && line[begin] == ' ') ++begin;
    auto stop = line.npos;
    if (begin < line.size() && line[begin] == '"') stop = end_of_quoted(line, begin);
    if (stop == line.npos || (stop < line.size() && line[stop] != ',')) {
      stop = std::min(line.find(',', begin), line.size());
    }
    settings.emplace_back(line.substr(key, colon - key),
                          unquoted(std::string(line.substr(begin, stop - begin))));
    at = std::min(stop + 1, line.size());
  }
  return settings;
}

/// Takes the first setting of that name out; empty if there is none.
std::string take(Settings& settings, std::string_view key) {
  const auto found = std::ranges::find(settings, key, &Settings::value_type::first);
  if (found == settings.end()) return {};
  auto value = std::move(found->second);
  settings.erase(found);
  return value;
}

Json take_value(Settings& settings, std::string_view key) {
  const auto text = take(settings, key);
  return text.empty() ? Json() : value_of(text);
}

void append_line(std::string& text, const std::string& line) {
  text += (text.empty() ? "" : "\n") + line;
}

// --- InvokeAI ------------------------------------------------------------------------------------

/// The member, or null.
Json member(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && found != json.end() ? *found : Json();
}

/// The first of these members that there is, or null.
Json first_member(const Json& json, std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (auto value = member(json, name); !value.is_null()) return value;
  }
  return {};
}

std::string text_in(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

/// Of "a cat [ugly, blurred]" what stands in brackets is pushed away.
void split_brackets(const std::string& text, ForeignRecipe& recipe) {
  bool inside = false;
  for (const char c : text) {
    if (c == '[') {
      inside = true;
      if (!recipe.negative.empty()) recipe.negative += ", ";
    } else if (c == ']') {
      inside = false;
    } else {
      (inside ? recipe.negative : recipe.prompt) += c;
    }
  }
  recipe.prompt = trimmed(recipe.prompt);
}

/// What both of its JSON texts call the same.
void take_invoke_settings(const Json& image, ForeignRecipe& recipe) {
  recipe.steps = first_member(image, {"steps"});
  recipe.sampler = first_member(image, {"scheduler", "sampler"});
  recipe.guidance = first_member(image, {"cfg_scale"});
  recipe.seed = first_member(image, {"seed"});
  recipe.width = first_member(image, {"width"});
  recipe.height = first_member(image, {"height"});
}

ForeignRecipe recipe_of_invoke(const Json& json) {
  ForeignRecipe recipe{.format = "InvokeAI"};
  recipe.prompt = text_in(first_member(json, {"positive_prompt", "positive_conditioning"}));
  recipe.negative = text_in(first_member(json, {"negative_prompt", "negative_conditioning"}));
  take_invoke_settings(json, recipe);
  recipe.model = member(json, "model");
  if (recipe.model.is_object()) recipe.model = first_member(recipe.model, {"name", "model_name"});
  for (const auto* name : {"app_version", "generation_mode", "strength"}) {
    const auto value = member(json, name);
    if (!value.is_null())
      recipe.settings.emplace_back(name, value.is_string() ? text_in(value) : value.dump());
  }
  return recipe;
}

ForeignRecipe recipe_of_old_invoke(const Json& json) {
  const auto image = member(json, "image");
  ForeignRecipe recipe{.format = "InvokeAI"};
  auto prompt = member(image, "prompt");
  if (prompt.is_array() && !prompt.empty()) prompt = member(prompt[0], "prompt");
  split_brackets(text_in(prompt), recipe);
  take_invoke_settings(image, recipe);
  recipe.model = first_member(json, {"model_weights", "model"});
  if (const auto version = text_in(member(json, "app_version")); !version.empty()) {
    recipe.settings.emplace_back("app_version", version);
  }
  return recipe;
}

/// "a cat [ugly]" -s 50 -S 1234 -W 512 -H 512 -C 7.5 -A k_lms
std::optional<ForeignRecipe> recipe_of_dream(const std::string& text) {
  const auto end = text.starts_with('"') ? text.rfind('"') : std::string::npos;
  if (end == std::string::npos || end == 0) return std::nullopt;
  ForeignRecipe recipe{.format = "InvokeAI"};
  split_brackets(text.substr(1, end - 1), recipe);
  auto rest = text.substr(end + 1);
  const auto option = [&](const std::string& flag) {
    const auto at = rest.find(" -" + flag);
    if (at == rest.npos) return Json();
    const auto value = trimmed(std::string_view(rest).substr(at + 2 + flag.size()));
    const auto word = value.substr(0, value.find(' '));
    return word.empty() ? Json() : value_of(word);
  };
  recipe.steps = option("s"), recipe.seed = option("S"), recipe.guidance = option("C");
  recipe.width = option("W"), recipe.height = option("H"), recipe.sampler = option("A");
  return recipe;
}

ForeignRecipe recipe_of_novel(const Json& json) {
  ForeignRecipe recipe{.format = "NovelAI"};
  recipe.prompt = text_in(member(json, "prompt"));
  recipe.negative = text_in(member(json, "uc"));
  take_invoke_settings(json, recipe);
  recipe.guidance = member(json, "scale");
  return recipe;
}

// --- which one it is
// -------------------------------------------------------------------------------

/// An object, or null where it is none or broken.
Json object_in(const std::string& text) {
  try {
    auto json = io::parse_python_json(text, "text");
    return json.is_object() ? json : Json();
  } catch (const FormatError&) {
    return {};
  }
}

std::string text_under(const io::Provenance& provenance, const char* keyword) {
  const auto found = provenance.others.find(keyword);
  return found == provenance.others.end() ? "" : found->second;
}

/// ComfyUI's graph: in PNG under its own keyword, in EXIF as "prompt:{...}" in a tag of the camera.
Json graph_in(const io::Provenance& provenance) {
  constexpr std::string_view kPrefix = "prompt:";
  for (const auto& [name, text] : provenance.others) {
    const auto prefix = lower_case(text.substr(0, kPrefix.size()));
    if (name != "prompt" && prefix != kPrefix) continue;
    auto json = object_in(prefix == kPrefix ? text.substr(kPrefix.size()) : text);
    if (!json.is_null()) return json;
  }
  return {};
}

}  // namespace

ForeignRecipe recipe_of_parameters(const std::string& parameters) {
  ForeignRecipe recipe{.format = "A1111"};
  auto text = trimmed(parameters);
  const auto last = text.rfind('\n') == text.npos ? 0 : text.rfind('\n') + 1;
  auto settings = settings_of(std::string_view(text).substr(last));
  constexpr std::size_t kFewest = 3;
  if (settings.size() < kFewest) {
    settings.clear();
  } else {
    text.resize(last == 0 ? 0 : last - 1);
  }
  constexpr std::string_view kNegative = "Negative prompt:";
  bool in_negative = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto line = trimmed(std::string_view(text).substr(at, end - at));
    at = end + 1;
    if (line.starts_with(kNegative)) {
      in_negative = true;
      line = trimmed(std::string_view(line).substr(kNegative.size()));
    }
    append_line(in_negative ? recipe.negative : recipe.prompt, line);
  }
  recipe.steps = take_value(settings, "Steps");
  recipe.guidance = take_value(settings, "CFG scale");
  recipe.seed = take_value(settings, "Seed");
  if (const auto sampler = take(settings, "Sampler"); !sampler.empty()) recipe.sampler = sampler;
  if (const auto model = take(settings, "Model"); !model.empty()) recipe.model = model;
  const auto size = take(settings, "Size");
  if (const auto x = size.find('x'); x != size.npos) {
    recipe.width = value_of(size.substr(0, x)), recipe.height = value_of(size.substr(x + 1));
  }
  recipe.settings = std::move(settings);
  return recipe;
}

std::optional<ForeignRecipe> foreign_recipe_of(const io::Provenance& provenance) {
  const auto invoke = object_in(text_under(provenance, "invokeai_metadata"));
  if (!invoke.is_null()) return recipe_of_invoke(invoke);
  if (!provenance.parameters.empty()) return recipe_of_parameters(provenance.parameters);
  if (const auto graph = graph_in(provenance); !graph.is_null()) {
    if (auto recipe = recipe_of_graph(graph)) return recipe;
  }
  const auto old = object_in(text_under(provenance, "sd-metadata"));
  if (!old.is_null()) return recipe_of_old_invoke(old);
  for (const auto* keyword : {"dream", "Dream"}) {
    if (auto recipe = recipe_of_dream(text_under(provenance, keyword))) return recipe;
  }
  const auto comment = object_in(text_under(provenance, "Comment"));
  if (comment.contains("uc")) return recipe_of_novel(comment);
  return std::nullopt;
}

Json json_of(const ForeignRecipe& recipe) {
  Json json{{"format", recipe.format}, {"prompt", recipe.prompt}, {"negative", recipe.negative}};
  const auto add = [&](const char* name, const Json& value) {
    if (!value.is_null()) json[name] = value;
  };
  add("seed", recipe.seed), add("steps", recipe.steps), add("sampler", recipe.sampler);
  add("guidance", recipe.guidance), add("width", recipe.width), add("height", recipe.height);
  add("model", recipe.model);
  json["settings"] = Json::object();
  for (const auto& [name, value] : recipe.settings) json["settings"][name] = value;
  return json;
}

std::string text_of(const ForeignRecipe& recipe) {
  std::string text;
  const auto add = [&](const std::string& name, const Json& value) {
    if (value.is_null() || value == "") return;
    const auto shown = value.is_string()
                           ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    append_line(text, name + ": " + shown);
  };
  add("format", recipe.format), add("prompt", recipe.prompt), add("negative", recipe.negative);
  add("seed", recipe.seed), add("steps", recipe.steps), add("sampler", recipe.sampler);
  add("guidance (CFG scale)", recipe.guidance), add("width", recipe.width);
  add("height", recipe.height), add("model", recipe.model);
  for (const auto& [name, value] : recipe.settings) add(name, value);
  return text;
}

}  // namespace imagine::recipes
