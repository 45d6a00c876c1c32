#include "data/names.h"

#include <array>

#include "data/grammar.h"
#include "data/words.h"

namespace imagine::data {
namespace {

/// Whole English names: plurals, and what is not counted.
constexpr std::string_view kEnglishUncounted =
    "|admission tickets|bacon|beans|blueberries|bookmark tabs|books|bricks|broccoli|bubbles|camping"
    "|card index dividers|chains|cherries|clinking beer mugs|clinking glasses|control knobs"
    "|crossed swords|dango|fire|fireworks|french fries|houses|Japanese dolls|leafy greens"
    "|linked paperclips|meat on a bone|money with wings|musical notes|nesting dolls|oden|pancakes"
    "|paw prints|peanuts|prayer beads|shaved ice|shopping bags|sparkles|sushi|wood|";

/// First words of Italian names that do not end in -a.
constexpr std::string_view kItalianFeminine =
    "|ape|auto|automobile|baguette|calcolatrice|carne|chiave|città|confezione|cornice|croce"
    "|decorazione|e-mail|gru|lapide|lavatrice|lente|luce|mano|nave|neve|noce|notte|pochette|radice"
    "|radio|slot|stampante|stazione|t-shirt|tigre|toilette|torre|vite|volpe|";

/// First words of Italian names in -a or -i that are masculine and singular all the same.
constexpr std::string_view kItalianMasculine =
    "|bikini|brindisi|capibara|gorilla|kiwi|koala|lama|minibus|moai|onigiri|panda|pianeta|sari"
    "|taxi|";

/// First words of Italian names: plurals in -e, and what is not counted.
constexpr std::string_view kItalianUncounted =
    "|bacchette|bambole|bolle|borse|carne|case|catene|ciliegie|cuffie|dango|etichette|forbici"
    "|fuoco|graffette|impronte|legna|manopole|maschere|montagne|note|oden|pancake|pancetta"
    "|patatine|scarpette|sorgenti|spade|stelline|sushi|verdure|";

constexpr std::array<std::string_view, 18> kArticles = {
    "a ",  "an ", "the ", "some ", "un ",  "uno ", "una ", "un'",     "il ",
    "lo ", "la ", "l'",   "i ",    "gli ", "le ",  "dei ", "alcuni ", "alcune "};

/// Italian nouns in -i are plurals but for a few.
bool is_italian_plural(std::string_view word) {
  return word.ends_with('i') && !lists(kItalianMasculine, word);
}

}  // namespace

Name english_name(std::string_view bare) {
  if (lists(kEnglishUncounted, bare)) return {std::string(bare), std::string(bare)};
  return {std::string(bare), english_indefinite(bare)};
}

Name italian_name(std::string_view bare) {
  const auto word = bare.substr(0, bare.find(' '));
  if (lists(kItalianUncounted, word) || is_italian_plural(word)) {
    return {std::string(bare), std::string(bare)};
  }
  const bool feminine =
      lists(kItalianFeminine, word) || (word.ends_with('a') && !lists(kItalianMasculine, word));
  return {std::string(bare), italian_indefinite(bare, feminine)};
}

Name name_with_article(std::string_view phrase) {
  for (const auto article : kArticles) {
    if (phrase.starts_with(article)) {
      return {std::string(phrase.substr(article.size())), std::string(phrase)};
    }
  }
  return {std::string(phrase), std::string(phrase)};
}

std::string plain_quotes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto mark = text.substr(i, 3);
    if (mark == "\u2019" || mark == "\u2018") {
      result += '\'';
      i += 2;
    } else if (mark == "\u201c" || mark == "\u201d") {
      result += '"';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace imagine::data
