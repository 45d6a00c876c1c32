/// The words of the captions in English and Italian, and how they agree.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imagine::data {

enum class Language { english, italian };

/// "en" or "it", as in Caption::language.
std::string_view code_of(Language language);

/// The same words in both languages.
struct Phrase {
  std::string_view english;
  std::string_view italian;

  std::string_view in(Language language) const {
    return language == Language::english ? english : italian;
  }
};

/// What an Italian article or adjective agrees with.
struct Agreement {
  bool feminine = false;
  bool plural = false;
};

struct Noun {
  Phrase singular;
  Phrase plural;
  bool feminine = false;  ///< of the Italian noun

  std::string_view in(Language language, bool plural_form) const {
    return (plural_form ? plural : singular).in(language);
  }
};

struct Adjective {
  std::string_view english;
  std::array<std::string_view, 4> italian;  ///< un m., una f., due m., due f.

  std::string_view in(Language language, Agreement agreement) const;
};

/// The twelve colours of the ray-traced objects; the first names them everywhere in the code.
std::span<const Adjective> colours();
/// InputError unless `english` is one of colours().
const Adjective& colour_named(std::string_view english);

/// sphere, cube, cylinder, cone, torus: the singular English word names the shape everywhere.
std::span<const Noun> shapes();
/// InputError unless `english` is one of shapes().
const Noun& shape_named(std::string_view english);

/// "an orange cone", "a unicorn", "an hourglass": by sound. Plurals and stuff ("jeans", "soap")
/// take no article: ask only for what can be counted.
std::string english_indefinite(std::string_view noun);

/// "una sfera", "un cubo", "uno scoiattolo", "un'anatra".
std::string italian_indefinite(std::string_view noun, bool feminine);

/// "il cubo", "lo zaino", "l'erba", "la sfera", "i cubi", "gli zaini", "le sfere".
std::string italian_definite(std::string_view noun, Agreement agreement);

/// The preposition "di", "a", "da", "in" or "su" before a phrase, contracted with the definite
/// article that the phrase begins with: "di" + "la coppa" = "della coppa"; "di un cubo" stays.
std::string italian_preposition(std::string_view preposition, std::string_view phrase);

/// "two" .. "ten" or "due" .. "dieci"; InputError outside 2 .. 10.
std::string_view number_word(Language language, int number);

enum class Relation { left, right, above, below, behind, in_front };

/// "left", "right", "above", "below", "behind", "front": the names in facts and held-out rules.
std::string_view name_of(Relation relation);
/// left for right, above for below, behind for in front, and back.
Relation opposite(Relation relation);

/// "A to the left of B", "A dietro B", "A davanti alla B": both are whole noun phrases.
std::string related(Language language, std::string_view a, Relation relation, std::string_view b);

/// "A", "A and B", "A, B and C"; "A, B e C".
std::string listed(Language language, const std::vector<std::string>& items);

/// What things stand on: the names used by scenes and backgrounds, and how captions call them.
struct Ground {
  std::string_view name;
  std::vector<Phrase> places;  ///< each of them true; "on grass", "sull'erba"
};

/// grass, sand, snow, wood, stone, checkered, brick, water. Water only as a background.
std::span<const Ground> grounds();
/// InputError unless `name` is one of grounds().
const Ground& ground_named(std::string_view name);

/// "on a red background", "su sfondo rosso".
std::string plain_background(Language language, const Adjective& colour);

}  // namespace imagine::data
