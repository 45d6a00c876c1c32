#include "data/grammar.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::data {
namespace {

constexpr auto kEnglish = Language::english;
constexpr auto kItalian = Language::italian;

TEST(Grammar, EnglishArticlesGoBySound) {
  EXPECT_EQ(english_indefinite("red apple"), "a red apple");
  EXPECT_EQ(english_indefinite("orange cone"), "an orange cone");
  EXPECT_EQ(english_indefinite("Apple"), "an Apple");
  EXPECT_EQ(english_indefinite("unicorn"), "a unicorn");
  EXPECT_EQ(english_indefinite("umbrella"), "an umbrella");
  EXPECT_EQ(english_indefinite("ukulele"), "a ukulele");
  EXPECT_EQ(english_indefinite("hourglass"), "an hourglass");
  EXPECT_EQ(english_indefinite("one-thirty"), "a one-thirty");
  EXPECT_EQ(english_indefinite("onion"), "an onion");
  EXPECT_EQ(english_indefinite("ewe"), "a ewe");
}

TEST(Grammar, ItalianIndefiniteArticles) {
  EXPECT_EQ(italian_indefinite("sfera", true), "una sfera");
  EXPECT_EQ(italian_indefinite("cubo", false), "un cubo");
  EXPECT_EQ(italian_indefinite("anatra", true), "un'anatra");
  EXPECT_EQ(italian_indefinite("albero", false), "un albero");
  EXPECT_EQ(italian_indefinite("scoiattolo", false), "uno scoiattolo");
  EXPECT_EQ(italian_indefinite("zaino", false), "uno zaino");
  EXPECT_EQ(italian_indefinite("gnomo", false), "uno gnomo");
  EXPECT_EQ(italian_indefinite("yogurt", false), "uno yogurt");
  EXPECT_EQ(italian_indefinite("hamburger", false), "un hamburger");
  EXPECT_EQ(italian_indefinite("iena", true), "una iena");
  EXPECT_EQ(italian_indefinite("serpente", false), "un serpente");
}

TEST(Grammar, ItalianDefiniteArticles) {
  EXPECT_EQ(italian_definite("cubo", {}), "il cubo");
  EXPECT_EQ(italian_definite("zaino", {}), "lo zaino");
  EXPECT_EQ(italian_definite("albero", {}), "l'albero");
  EXPECT_EQ(italian_definite("erba", {.feminine = true}), "l'erba");
  EXPECT_EQ(italian_definite("sfera", {.feminine = true}), "la sfera");
  EXPECT_EQ(italian_definite("cubi", {.plural = true}), "i cubi");
  EXPECT_EQ(italian_definite("alberi", {.plural = true}), "gli alberi");
  EXPECT_EQ(italian_definite("scoiattoli", {.plural = true}), "gli scoiattoli");
  EXPECT_EQ(italian_definite("anatre", {.feminine = true, .plural = true}), "le anatre");
}

TEST(Grammar, ItalianPrepositionsContractWithDefiniteArticlesOnly) {
  EXPECT_EQ(italian_preposition("di", "la coppa di un trofeo"), "della coppa di un trofeo");
  EXPECT_EQ(italian_preposition("di", "il sole"), "del sole");
  EXPECT_EQ(italian_preposition("a", "lo zaino"), "allo zaino");
  EXPECT_EQ(italian_preposition("su", "l'erba"), "sull'erba");
  EXPECT_EQ(italian_preposition("in", "i cubi"), "nei cubi");
  EXPECT_EQ(italian_preposition("da", "gli alberi"), "dagli alberi");
  EXPECT_EQ(italian_preposition("su", "le sfere"), "sulle sfere");
  EXPECT_EQ(italian_preposition("di", "un cubo"), "di un cubo");
  EXPECT_EQ(italian_preposition("a", "due leoni"), "a due leoni");
}

TEST(Grammar, ColoursAgree) {
  const auto form = [](const char* colour, Agreement agreement) {
    return colour_named(colour).in(kItalian, agreement);
  };
  EXPECT_EQ(form("red", {}), "rosso");
  EXPECT_EQ(form("red", {.feminine = true}), "rossa");
  EXPECT_EQ(form("gray", {.plural = true}), "grigi");
  EXPECT_EQ(form("white", {.feminine = true, .plural = true}), "bianche");
  EXPECT_EQ(form("green", {.feminine = true}), "verde");
  EXPECT_EQ(form("green", {.plural = true}), "verdi");
  EXPECT_EQ(form("orange", {.feminine = true, .plural = true}), "arancioni");
  EXPECT_EQ(form("brown", {.plural = true}), "marroni");
  for (const char* same : {"blue", "purple", "pink"}) {
    EXPECT_EQ(form(same, {}), form(same, {.feminine = true, .plural = true}));
  }
  EXPECT_THROW(colour_named("octarine"), InputError);
}

TEST(Grammar, Relations) {
  EXPECT_EQ(related(kEnglish, "a red sphere", Relation::behind, "a blue cube"),
            "a red sphere behind a blue cube");
  EXPECT_EQ(related(kEnglish, "a fox", Relation::in_front, "a bus"), "a fox in front of a bus");
  EXPECT_EQ(related(kItalian, "un cono", Relation::left, "un cubo"),
            "un cono a sinistra di un cubo");
  EXPECT_EQ(related(kItalian, "un cono", Relation::right, "la coppa"),
            "un cono a destra della coppa");
  EXPECT_EQ(related(kItalian, "un cono", Relation::in_front, "il sole"), "un cono davanti al sole");
  EXPECT_EQ(related(kItalian, "un cono", Relation::above, "un bus"), "un cono sopra un bus");
  EXPECT_EQ(opposite(Relation::left), Relation::right);
  EXPECT_EQ(opposite(Relation::below), Relation::above);
  EXPECT_EQ(opposite(Relation::in_front), Relation::behind);
}

TEST(Grammar, ListsNumbersAndGrounds) {
  EXPECT_EQ(listed(kEnglish, {"a cat"}), "a cat");
  EXPECT_EQ(listed(kEnglish, {"a cat", "a dog", "a fox"}), "a cat, a dog and a fox");
  EXPECT_EQ(listed(kItalian, {"un gatto", "un cane"}), "un gatto e un cane");
  EXPECT_EQ(number_word(kItalian, 5), "cinque");
  EXPECT_EQ(number_word(kEnglish, 10), "ten");
  EXPECT_THROW(number_word(kEnglish, 1), InputError);
  EXPECT_EQ(ground_named("grass").places.front().in(kItalian), "sull'erba");
  EXPECT_EQ(ground_named("wood").places.size(), 2u);
  EXPECT_THROW(ground_named("lava"), InputError);
  EXPECT_EQ(plain_background(kEnglish, colour_named("orange")), "on an orange background");
  EXPECT_EQ(plain_background(kItalian, colour_named("red")), "su sfondo rosso");
}

}  // namespace
}  // namespace imagine::data
