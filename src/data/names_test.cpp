#include "data/names.h"

#include <gtest/gtest.h>

#include "data/words.h"

namespace imagine::data {
namespace {

TEST(Names, EnglishArticles) {
  for (const auto& [bare, phrase] :
       std::vector<std::pair<std::string, std::string>>{{"red apple", "a red apple"},
                                                        {"eggplant", "an eggplant"},
                                                        {"unicorn", "a unicorn"},
                                                        {"hourglass", "an hourglass"},
                                                        {"cherries", "cherries"},
                                                        {"broccoli", "broccoli"},
                                                        {"broccoli soup", "a broccoli soup"}}) {
    EXPECT_EQ(english_name(bare).phrase, phrase);
    EXPECT_EQ(english_name(bare).bare, bare);
  }
}

TEST(Names, ItalianArticles) {
  for (const auto& [bare, phrase] :
       std::vector<std::pair<std::string, std::string>>{{"mela rossa", "una mela rossa"},
                                                        {"auto da corsa", "un'auto da corsa"},
                                                        {"zaino", "uno zaino"},
                                                        {"squalo", "uno squalo"},
                                                        {"chiave", "una chiave"},
                                                        {"tigre", "una tigre"},
                                                        {"panda", "un panda"},
                                                        {"kiwi", "un kiwi"},
                                                        {"fagioli", "fagioli"},
                                                        {"ciliegie", "ciliegie"},
                                                        {"anatra", "un'anatra"},
                                                        {"ananas", "un ananas"}}) {
    EXPECT_EQ(italian_name(bare).phrase, phrase);
  }
}

TEST(Names, ArticlesAreTakenOff) {
  EXPECT_EQ(name_with_article("a red apple").bare, "red apple");
  EXPECT_EQ(name_with_article("un'anatra").bare, "anatra");
  EXPECT_EQ(name_with_article("the Moon").bare, "Moon");
  EXPECT_EQ(name_with_article("bricks").bare, "bricks");
  EXPECT_EQ(name_with_article("una mela").phrase, "una mela");
}

TEST(Names, TypographicMarksBecomePlain) {
  EXPECT_EQ(plain_quotes("woman\u2019s \u201cFuji\u201d caffè"), "woman's \"Fuji\" caffè");
}

TEST(Words, TablesHoldWholeEntriesAndBeginnings) {
  EXPECT_TRUE(lists("|red apple|t_*|pear|", "red apple"));
  EXPECT_TRUE(lists("|red apple|t_*|pear|", "pear"));
  EXPECT_TRUE(lists("|red apple|t_*|pear|", "t_shirt"));
  EXPECT_FALSE(lists("|red apple|t_*|pear|", "apple"));
  EXPECT_FALSE(lists("|red apple|t_*|pear|", "red"));
}

}  // namespace
}  // namespace imagine::data
