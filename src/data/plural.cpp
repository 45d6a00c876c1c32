#include "data/plural.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/check.h"
#include "data/words.h"

namespace imagine::data {
namespace {

/// Ends of words that have a plural of their own, the longest first.
struct Ending {
  std::string_view singular;
  std::string_view plural;
};

constexpr std::array<Ending, 37> kEnglishEndings = {{{"mosquito", "mosquitoes"},
                                                     {"buffalo", "buffaloes"},
                                                     {"tornado", "tornadoes"},
                                                     {"volcano", "volcanoes"},
                                                     {"caribou", "caribou"},
                                                     {"potato", "potatoes"},
                                                     {"shrimp", "shrimp"},
                                                     {"tomato", "tomatoes"},
                                                     {"bison", "bison"},
                                                     {"child", "children"},
                                                     {"goose", "geese"},
                                                     {"human", "humans"},
                                                     {"knife", "knives"},
                                                     {"mango", "mangoes"},
                                                     {"mouse", "mice"},
                                                     {"scarf", "scarves"},
                                                     {"sheaf", "sheaves"},
                                                     {"sheep", "sheep"},
                                                     {"shelf", "shelves"},
                                                     {"squid", "squid"},
                                                     {"tooth", "teeth"},
                                                     {"deer", "deer"},
                                                     {"fish", "fish"},
                                                     {"foot", "feet"},
                                                     {"half", "halves"},
                                                     {"leaf", "leaves"},
                                                     {"loaf", "loaves"},
                                                     {"wolf", "wolves"},
                                                     {" ox", " oxen"},
                                                     {"elk", "elk"},
                                                     {"man", "men"},
                                                     {"ch", "ches"},
                                                     {"sh", "shes"},
                                                     {"s", "ses"},
                                                     {"x", "xes"},
                                                     {"z", "zes"},
                                                     {"", "s"}}};

/// Words of English names after which more than one word would change, or none.
constexpr std::string_view kEnglishLinks =
    "|a|an|and|at|behind|for|from|in|inside|into|landing|of|off|on|over|seen|showing|tilted|to|two"
    "|under|up|used|with|without|";

constexpr std::string_view kItalianLinks =
    "|a|ad|al|alla|col|con|da|dal|dalla|dalle|del|della|di|in|per|senza|";

/// What stays as it is though it ends in a vowel that others change.
constexpr std::string_view kItalianUnchanged =
    "|auto|boa|bici|capibara|cobra|dingo|dodo|fax|foto|gorilla|kimono|koala|lama|moto|panda|puma"
    "|radio|yo-yo|zebù|";

/// Masculine nouns in -co and -go that lose the hard sound.
constexpr std::string_view kItalianSoft = "|amico|asparago|elastico|medico|nemico|portico|sindaco|";

constexpr std::string_view kItalianUncounted = "|coppia|paio|";

constexpr std::array<Ending, 8> kItalianWords = {{{"ala", "ali"},
                                                  {"arma", "armi"},
                                                  {"bue", "buoi"},
                                                  {"dito", "dita"},
                                                  {"mano", "mani"},
                                                  {"osso", "ossa"},
                                                  {"uomo", "uomini"},
                                                  {"uovo", "uova"}}};

bool is_vowel(char letter) {
  return std::string_view("aeiou").find(letter) != std::string_view::npos;
}

bool is_lower(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || c == '"'; });
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

/// Whether one of the words of `text` is in the table.
bool any_listed(std::string_view table, std::string_view text) {
  while (!text.empty()) {
    const auto word = first_word(text);
    if (lists(table, word)) return true;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return false;
}

/// `word` with the last `cut` letters replaced.
std::string ended(std::string_view word, std::size_t cut, std::string_view ending) {
  return concat(word.substr(0, word.size() - cut), ending);
}

std::string italian_word(std::string_view word, bool feminine) {
  for (const auto& [singular, plural] : kItalianWords) {
    if (word == singular) return std::string(plural);
  }
  if (lists(kItalianUnchanged, word)) return std::string(word);
  if (word.ends_with("cia") || word.ends_with("gia")) {  // arancia, camicia
    const bool after_vowel = word.size() > 3 && is_vowel(word[word.size() - 4]);
    return ended(word, 2, after_vowel ? "ie" : "e");
  }
  if (word.ends_with("ca") || word.ends_with("ga")) return ended(word, 1, feminine ? "he" : "hi");
  if (word.ends_with('a')) return ended(word, 1, feminine ? "e" : "i");
  if (word.ends_with("io")) return ended(word, 1, "");
  if ((word.ends_with("co") || word.ends_with("go")) && !lists(kItalianSoft, word)) {
    return ended(word, 1, "hi");
  }
  if (word.ends_with('o') || word.ends_with('e')) return ended(word, 1, "i");
  return std::string(word);  // film, città, tè, gru, taxi
}

/// "di plastica", "d'acqua"; not "di plastica rosso", where the last word may belong to the first.
bool is_complement(std::string_view text) {
  const auto link = first_word(text);
  if (std::ranges::count(text, ' ') == 0) return link.find('\'') != link.npos;
  return std::ranges::count(text, ' ') == 1 && lists(kItalianLinks, link);
}

}  // namespace

std::optional<std::string> english_plural(const Name& name) {
  const auto& [bare, phrase] = name;
  const bool counted = phrase.starts_with("a ") || phrase.starts_with("an ");
  const bool owned = bare.find("'s ") != bare.npos;  // a man's shoe, but men's shoes
  if (!counted || owned || !is_lower(bare) || any_listed(kEnglishLinks, bare)) return std::nullopt;
  const auto spaced = " " + bare;  // so that an ending may be a whole word
  if (spaced.ends_with('y') && !is_vowel(spaced[spaced.size() - 2])) return ended(bare, 1, "ies");
  const auto* ending = std::ranges::find_if(
      kEnglishEndings, [&](const Ending& each) { return spaced.ends_with(each.singular); });
  return ended(spaced, ending->singular.size(), ending->plural).substr(1);
}

std::optional<std::string> italian_plural(const Name& name) {
  const auto& [bare, phrase] = name;
  const bool feminine = phrase.starts_with("una ") || phrase.starts_with("un'");
  const bool counted = feminine || phrase.starts_with("un ") || phrase.starts_with("uno ");
  const auto word = first_word(bare);
  if (!counted || !is_lower(bare) || lists(kItalianUncounted, word)) return std::nullopt;
  const auto rest = std::string_view(bare).substr(word.size());
  if (!rest.empty() && !is_complement(rest.substr(1))) return std::nullopt;
  return concat(italian_word(word, feminine), rest);
}

}  // namespace imagine::data
