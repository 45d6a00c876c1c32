#include "data/plural.h"

#include <gtest/gtest.h>

#include "data/names.h"

namespace imagine::data {
namespace {

struct Words {
  const char* singular;
  const char* plural;  ///< nullptr: none
};

std::ostream& operator<<(std::ostream& out, const Words& words) { return out << words.singular; }

class EnglishPlural : public testing::TestWithParam<Words> {};

TEST_P(EnglishPlural, OfAName) {
  const auto plural = english_plural(name_with_article(GetParam().singular));
  EXPECT_EQ(plural.value_or("none"), GetParam().plural ? GetParam().plural : "none");
}

INSTANTIATE_TEST_SUITE_P(
    Names, EnglishPlural,
    testing::Values(Words{"a red apple", "red apples"}, Words{"a cherry", "cherries"},
                    Words{"a monkey", "monkeys"}, Words{"a bus", "buses"}, Words{"a fox", "foxes"},
                    Words{"an ox", "oxen"}, Words{"a watch", "watches"},
                    Words{"a paintbrush", "paintbrushes"}, Words{"a wine glass", "wine glasses"},
                    Words{"a potato", "potatoes"}, Words{"a flamingo", "flamingos"},
                    Words{"a kitchen knife", "kitchen knives"}, Words{"a wolf", "wolves"},
                    Words{"a snowman", "snowmen"}, Words{"a human", "humans"},
                    Words{"a lionfish", "lionfish"}, Words{"a sheep", "sheep"},
                    Words{"a computer mouse", "computer mice"}, Words{"an owl", "owls"},
                    Words{"jeans", nullptr}, Words{"the moon", nullptr},
                    Words{"some flowers", nullptr}, Words{"a cup of coffee", nullptr},
                    Words{"a lunch box for school", nullptr}, Words{"a VW Beetle", nullptr},
                    Words{"a man's shoe", nullptr}, Words{"a \"Fuji\" apple", nullptr}));

class ItalianPlural : public testing::TestWithParam<Words> {};

TEST_P(ItalianPlural, OfAName) {
  const auto plural = italian_plural(name_with_article(GetParam().singular));
  EXPECT_EQ(plural.value_or("none"), GetParam().plural ? GetParam().plural : "none");
}

INSTANTIATE_TEST_SUITE_P(
    Names, ItalianPlural,
    testing::Values(Words{"una mela", "mele"}, Words{"un gatto", "gatti"},
                    Words{"un pesce", "pesci"}, Words{"una chiave", "chiavi"},
                    Words{"un coniglio", "conigli"}, Words{"un fungo", "funghi"},
                    Words{"un pacco", "pacchi"}, Words{"un asparago", "asparagi"},
                    Words{"una formica", "formiche"}, Words{"un'arancia", "arance"},
                    Words{"una valigia", "valigie"}, Words{"una spiaggia", "spiagge"},
                    Words{"un pianeta", "pianeti"}, Words{"un gorilla", "gorilla"},
                    Words{"un uovo", "uova"}, Words{"una mano", "mani"}, Words{"un bus", "bus"},
                    Words{"un'auto", "auto"}, Words{"una gru", "gru"}, Words{"un taxi", "taxi"},
                    Words{"un cavallo da giostra", "cavalli da giostra"},
                    Words{"una goccia d'acqua", "gocce d'acqua"},
                    Words{"una spazzola per capelli", "spazzole per capelli"},
                    Words{"una mela rossa", nullptr}, Words{"un pesce palla", nullptr},
                    Words{"un fiore di plastica rosso", nullptr}, Words{"un paio di sci", nullptr},
                    Words{"forbici", nullptr}, Words{"la luna", nullptr},
                    Words{"un SUV", nullptr}));

}  // namespace
}  // namespace imagine::data
