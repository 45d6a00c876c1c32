#include "data/thing_phrases.h"

#include "core/check.h"
#include "data/grammar.h"

namespace imagine::data {
namespace {

using Phrases = std::vector<std::string>;

std::string english(const std::string& colour, const std::string& material,
                    const std::string& shape) {
  std::string text;
  for (const auto* word : {&colour, &material}) {
    if (!word->empty()) text += *word + ' ';
  }
  return text + shape;
}

Phrases phrases_of_body(const Json& body) {
  const std::string shape = body.at("shape"), colour = body.at("colour"),
                    material = body.at("material");
  const auto& noun = shape_named(shape);
  const auto italian_noun = std::string(noun.in(Language::italian, false));
  if (material == "wood") {
    return {english("", "wooden", shape), english_indefinite(english("", "wooden", shape)),
            italian_indefinite(italian_noun, noun.feminine) + " di legno"};
  }
  const auto said = material == "glossy" ? "shiny" : material;
  const auto plain = english(colour, "", shape), exact = english(colour, said, shape);
  const auto italian_colour =
      std::string(colour_named(colour).in(Language::italian, {.feminine = noun.feminine}));
  return {plain, english_indefinite(plain), "the " + plain, english_indefinite(exact),
          italian_indefinite(italian_noun, noun.feminine) + ' ' + italian_colour};
}

Phrases phrases_of_object(const Json& object) {
  const std::string noun = object.at("noun");
  return {noun, english_indefinite(noun), "the " + noun};
}

}  // namespace

std::vector<Phrases> phrases_of(const Json& facts) {
  std::vector<Phrases> all;
  try {
    if (facts.contains("bodies")) {
      for (const auto& body : facts.at("bodies")) all.push_back(phrases_of_body(body));
    } else {
      for (const auto& object : facts.at("objects")) all.push_back(phrases_of_object(object));
    }
  } catch (const nlohmann::json::exception& error) {
    throw FormatError(
        concat("facts: expected bodies or objects with their names, got: ", error.what()));
  }
  return all;
}

}  // namespace imagine::data
