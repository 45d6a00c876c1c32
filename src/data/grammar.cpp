#include "data/grammar.h"

#include <algorithm>

#include "core/check.h"

namespace imagine::data {
namespace {

constexpr std::array<Adjective, 12> kColours = {{
    {"red", {"rosso", "rossa", "rossi", "rosse"}},
    {"blue", {"blu", "blu", "blu", "blu"}},
    {"green", {"verde", "verde", "verdi", "verdi"}},
    {"yellow", {"giallo", "gialla", "gialli", "gialle"}},
    {"purple", {"viola", "viola", "viola", "viola"}},
    {"cyan", {"ciano", "ciano", "ciano", "ciano"}},
    {"orange", {"arancione", "arancione", "arancioni", "arancioni"}},
    {"brown", {"marrone", "marrone", "marroni", "marroni"}},
    {"gray", {"grigio", "grigia", "grigi", "grigie"}},
    {"white", {"bianco", "bianca", "bianchi", "bianche"}},
    {"black", {"nero", "nera", "neri", "nere"}},
    {"pink", {"rosa", "rosa", "rosa", "rosa"}},
}};

constexpr std::array<Noun, 5> kShapes = {{
    {{"sphere", "sfera"}, {"spheres", "sfere"}, true},
    {{"cube", "cubo"}, {"cubes", "cubi"}, false},
    {{"cylinder", "cilindro"}, {"cylinders", "cilindri"}, false},
    {{"cone", "cono"}, {"cones", "coni"}, false},
    {{"torus", "ciambella"}, {"toruses", "ciambelle"}, true},
}};

const std::array<Ground, 8> kGrounds = {{
    {"grass", {{"on grass", "sull'erba"}}},
    {"sand", {{"on sand", "sulla sabbia"}}},
    {"snow", {{"on snow", "sulla neve"}}},
    {"wood",
     {{"on a wooden table", "su un tavolo di legno"},
      {"on a wooden floor", "su un pavimento di legno"}}},
    {"stone", {{"on a stone floor", "su un pavimento di pietra"}}},
    {"checkered", {{"on a checkered floor", "su un pavimento a scacchi"}}},
    {"brick", {{"on a brick floor", "su un pavimento di mattoni"}}},
    {"water", {{"on water", "sull'acqua"}}},
}};

constexpr std::array<Phrase, 9> kNumbers = {{{"two", "due"},
                                             {"three", "tre"},
                                             {"four", "quattro"},
                                             {"five", "cinque"},
                                             {"six", "sei"},
                                             {"seven", "sette"},
                                             {"eight", "otto"},
                                             {"nine", "nove"},
                                             {"ten", "dieci"}}};

bool starts(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::ranges::any_of(beginnings, [&](auto start) { return text.starts_with(start); });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return result;
}

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

/// How an Italian word begins, which decides between il, lo and l'.
enum class Onset { plain, strong, vowel };

Onset onset(std::string_view word) {
  const auto text = lower(word.substr(0, 3)) + "   ";
  if (starts(text, {"z", "gn", "ps", "pn", "x", "y"})) return Onset::strong;
  if (text[0] == 's' && text[1] != ' ' && !is_vowel(text[1])) return Onset::strong;
  if (text[0] == 'i' && is_vowel(text[1])) return Onset::strong;  // lo iodio, la iena
  if (is_vowel(text[0])) return Onset::vowel;
  if (text[0] == 'h' && is_vowel(text[1])) return Onset::vowel;  // silent: l'hotel
  if (starts(text, {"è", "é", "à", "ò", "ù"})) return Onset::vowel;
  return Onset::plain;
}

struct Contraction {
  std::string_view article;
  std::string_view ending;  ///< after del-, al-, dal-, nel-, sul- without their l
};

constexpr std::array<Contraction, 7> kContractions = {{{"il ", "l "},
                                                       {"lo ", "llo "},
                                                       {"la ", "lla "},
                                                       {"l'", "ll'"},
                                                       {"i ", "i "},
                                                       {"gli ", "gli "},
                                                       {"le ", "lle "}}};

}  // namespace

std::string_view code_of(Language language) { return language == Language::english ? "en" : "it"; }

std::string_view Adjective::in(Language language, Agreement agreement) const {
  if (language == Language::english) return english;
  return italian[std::size_t(agreement.plural) * 2 + std::size_t(agreement.feminine)];
}

std::span<const Adjective> colours() { return kColours; }

const Adjective& colour_named(std::string_view english) {
  const auto found = std::ranges::find(kColours, english, &Adjective::english);
  check<InputError>(found != kColours.end(), "colour: expected one of the twelve, got \"", english,
                    "\"");
  return *found;
}

std::span<const Noun> shapes() { return kShapes; }

const Noun& shape_named(std::string_view english) {
  const auto found =
      std::ranges::find(kShapes, english, [](const Noun& noun) { return noun.singular.english; });
  check<InputError>(found != kShapes.end(), "shape: expected one of the five, got \"", english,
                    "\"");
  return *found;
}

std::string english_indefinite(std::string_view noun) {
  const auto text = lower(noun);
  const bool consonant_sound =
      starts(text, {"uni", "use", "usa", "uten", "uku", "eu", "ewe", "one", "once", "ufo"}) &&
      !starts(text, {"unin", "unim", "unid"});
  const bool vowel_sound = starts(text, {"hour", "honest", "honor", "heir", "x-ray", "mp3"});
  const bool an = vowel_sound || (!text.empty() && is_vowel(text[0]) && !consonant_sound);
  return (an ? "an " : "a ") + std::string(noun);
}

std::string italian_indefinite(std::string_view noun, bool feminine) {
  const auto start = onset(noun);
  if (feminine) return (start == Onset::vowel ? "un'" : "una ") + std::string(noun);
  return (start == Onset::strong ? "uno " : "un ") + std::string(noun);
}

std::string italian_definite(std::string_view noun, Agreement agreement) {
  const auto start = onset(noun);
  const auto article = [&]() -> std::string_view {
    if (agreement.feminine && agreement.plural) return "le ";
    if (agreement.plural) return start == Onset::plain ? "i " : "gli ";
    if (start == Onset::vowel) return "l'";
    if (agreement.feminine) return "la ";
    return start == Onset::strong ? "lo " : "il ";
  };
  return std::string(article()) + std::string(noun);
}

std::string italian_preposition(std::string_view preposition, std::string_view phrase) {
  for (const auto& [article, ending] : kContractions) {
    if (!phrase.starts_with(article)) continue;
    const std::string stem = preposition == "di"   ? "de"
                             : preposition == "in" ? "ne"
                                                   : std::string(preposition);
    return stem + std::string(ending) + std::string(phrase.substr(article.size()));
  }
  return std::string(preposition) + " " + std::string(phrase);
}

std::string_view number_word(Language language, int number) {
  check<InputError>(number >= 2 && number <= 10, "number_word: expected 2 .. 10, got ", number);
  return kNumbers[std::size_t(number - 2)].in(language);
}

std::string_view name_of(Relation relation) {
  constexpr std::array<std::string_view, 6> names = {"left",  "right",  "above",
                                                     "below", "behind", "front"};
  return names[std::size_t(relation)];
}

Relation opposite(Relation relation) {
  return Relation(int(relation) ^ 1);  // the enumerators stand in pairs
}

std::string related(Language language, std::string_view a, Relation relation, std::string_view b) {
  constexpr std::array<std::string_view, 6> english = {
      "to the left of", "to the right of", "above", "below", "behind", "in front of"};
  std::string first(a);
  if (language == Language::english) {
    return first + " " + std::string(english[std::size_t(relation)]) + " " + std::string(b);
  }
  switch (relation) {
    case Relation::left:
      return first + " a sinistra " + italian_preposition("di", b);
    case Relation::right:
      return first + " a destra " + italian_preposition("di", b);
    case Relation::above:
      return first + " sopra " + std::string(b);
    case Relation::below:
      return first + " sotto " + std::string(b);
    case Relation::behind:
      return first + " dietro " + std::string(b);
    case Relation::in_front:
      return first + " davanti " + italian_preposition("a", b);
  }
  return first;
}

std::string listed(Language language, const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && i + 1 == items.size()) {
      text += language == Language::english ? " and " : " e ";
    } else if (i > 0) {
      text += ", ";
    }
    text += items[i];
  }
  return text;
}

std::span<const Ground> grounds() { return kGrounds; }

const Ground& ground_named(std::string_view name) {
  const auto found = std::ranges::find(kGrounds, name, &Ground::name);
  check<InputError>(found != kGrounds.end(), "ground: expected one of the eight, got \"", name,
                    "\"");
  return *found;
}

std::string plain_background(Language language, const Adjective& colour) {
  if (language == Language::english) {
    return "on " + english_indefinite(colour.english) + " background";
  }
  return "su sfondo " + std::string(colour.in(language, {}));
}

}  // namespace imagine::data
