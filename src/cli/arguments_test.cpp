#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

#include "cli/command.h"
#include "core/random.h"
#include "imagine/error.h"

namespace imagine::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Words = std::vector<std::string>;

/// An app whose commands do nothing but hold what they were given.
class ArgumentsTest : public testing::Test {
 protected:
  ArgumentsTest() : app_("", "imagine") {
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", "imagine");
    auto* generate = app_.add_subcommand("generate");
    generate->add_option("PROMPT", prompts_)->required();
    generate->add_option("--negative", negative_);
    generate->add_option("-n,--count", count_);
    generate->add_option("--size", size_);
    generate->add_option("--guidance", guidance_);
    generate->add_flag("--full", full_);
    auto* edit = app_.add_subcommand("edit");
    edit->add_option("IMAGE", image_)->required();
    edit->add_option("PROMPT", prompt_)->required();
    app_.add_subcommand("train")->add_option("CONFIG", image_)->required();
    auto* dataset = app_.add_subcommand("dataset");
    dataset->add_option("--shards", shards_)->delimiter(',');
    dataset->add_subcommand("encode")->add_option("--shards", shards_)->delimiter(',');
    take_texts(app_);
  }

  void parse(const Words& arguments) {
    auto read = read_arguments(app_, arguments);
    app_.parse(read);
  }

  /// What is said of arguments that are refused.
  std::string refusal_of(const Words& arguments) const {
    try {
      read_arguments(app_, arguments);
    } catch (const InputError& error) {
      return error.what();
    }
    return "taken";
  }

  CLI::App app_;
  Words prompts_, shards_;
  std::string negative_, image_, prompt_;
  int count_ = 0, size_ = 0;
  double guidance_ = 0;
  bool full_ = false;
};

TEST_F(ArgumentsTest, APromptNeedsNoCommand) {
  parse({"a red apple", "-n", "3", "--full"});
  EXPECT_THAT(prompts_, ElementsAre("a red apple"));
  EXPECT_EQ(count_, 3);
  EXPECT_TRUE(full_);
}

TEST_F(ArgumentsTest, OptionsMayComeFirst) {
  parse({"--size=64", "-n2", "a red apple", "--negative", "-dark, [grey]", "two cats"});
  EXPECT_THAT(prompts_, ElementsAre("a red apple", "two cats"));
  EXPECT_EQ(negative_, "-dark, [grey]");
  EXPECT_EQ(size_, 64);
  EXPECT_EQ(count_, 2);
}

TEST_F(ArgumentsTest, APromptIsNeverAList) {
  for (const std::string prompt : {"[red, blue] cubes",
                                   "[a cat]",
                                   "[]  ",
                                   "[[a], b]",
                                   "a, b",
                                   "{a b}",
                                   "- a cat",
                                   "-x of a cat",
                                   "--size of a cat",
                                   "-- a cat",
                                   "++ a",
                                   "a=b c",
                                   "\"a\" 'b'",
                                   "a\\ b",
                                   "%s %d",
                                   "\ta",
                                   "50 % of",
                                   "# a cat",
                                   "漢字 [è, é]",
                                   "[x](y) z",
                                   "-1 apples",
                                   "generate a cat",
                                   "train a dog"}) {
    for (const bool named : {false, true}) {
      prompts_.clear();
      app_.clear();
      parse(named ? Words{"generate", prompt} : Words{prompt});
      EXPECT_THAT(prompts_, ElementsAre(prompt)) << named;
    }
  }
}

/// Any text of odd characters comes through as it is: before and behind options, behind --, as a
/// value.
TEST_F(ArgumentsTest, EveryTextComesThroughAsItIs) {
  const std::string letters = "[]{}(),;:=-+'\"\\#%&*?!<>|~^$@/ab 1\t\n";
  Random random(1, "prompts");
  for (int round = 0; round < 2000; ++round) {
    const auto text = [&] {
      std::string made;
      for (int i = random.below(12) + 1; i > 0; --i) {
        made += letters[std::size_t(random.below(int(letters.size())))];
      }
      return made;
    };
    const auto prompt = "a " + text(), other = text(), negative = text();
    prompts_.clear();
    app_.clear();
    parse({"generate", prompt, "--negative", negative, "-n", "2", "--", other});
    ASSERT_THAT(prompts_, ElementsAre(prompt, other));
    ASSERT_EQ(negative_, negative);
    app_.clear();
    parse({"edit", "--", other, prompt});
    ASSERT_EQ(image_, other);
    ASSERT_EQ(prompt_, prompt);
    app_.clear();
    parse({"generate", "--negative=" + negative, "a cat"});
    ASSERT_EQ(negative_, negative);
  }
}

TEST_F(ArgumentsTest, AnEmptyValueIsAValue) {
  parse({"a cat", "--negative=", "--size", "64"});
  EXPECT_EQ(negative_, "");
  EXPECT_EQ(size_, 64);
}

TEST_F(ArgumentsTest, ListsAreDividedByCommasAlone) {
  parse({"dataset", "--shards", "a.tar,b.tar", "--shards", "[c]"});
  EXPECT_THAT(shards_, ElementsAre("a.tar", "b.tar", "[c]"));
}

TEST_F(ArgumentsTest, CommandsBelowCommandsAreFound) {
  parse({"dataset", "encode", "--shards", "a"});
  EXPECT_TRUE(app_.got_subcommand("dataset"));
  EXPECT_TRUE(app_.get_subcommand("dataset")->got_subcommand("encode"));
}

TEST_F(ArgumentsTest, OneWordIsDrawnWhereItIsSaid) {
  parse({"generate", "train"});
  EXPECT_THAT(prompts_, ElementsAre("train"));
  app_.clear(), prompts_.clear();
  parse({"--", "apple", "pear"});
  EXPECT_THAT(prompts_, ElementsAre("apple", "pear"));
  app_.clear(), prompts_.clear();
  parse({"-"});
  EXPECT_THAT(prompts_, ElementsAre("-")) << "the command reads it from standard input";
}

TEST_F(ArgumentsTest, SlipsInCommandsAreNotDrawn) {
  for (const auto& [slip, meant] : std::map<std::string, std::string>{{"trian", "train"},
                                                                      {"edti", "edit"},
                                                                      {"Train", "train"},
                                                                      {"gen", "generate"},
                                                                      {"generat", "generate"},
                                                                      {"hlep", "help"},
                                                                      {"versoin", "version"}}) {
    EXPECT_THAT(
        refusal_of({slip, "configs/base.json"}),
        AllOf(HasSubstr("got \"" + slip + "\""), HasSubstr("did you mean imagine " + meant)));
    EXPECT_THAT(refusal_of({slip}),
                AllOf(HasSubstr("did you mean imagine " + meant),
                      HasSubstr("a prompt of one word: imagine generate " + slip)));
  }
  EXPECT_THAT(refusal_of({"apple"}),
              AllOf(HasSubstr("expected a command or a prompt of several words in quotes"),
                    HasSubstr("imagine generate apple")));
}

TEST_F(ArgumentsTest, AnOptionWithoutItsValueIsToldSo) {
  for (const std::string option : {"-n", "--count", "--size", "--negative"}) {
    EXPECT_THAT(refusal_of({"a red apple", option}),
                HasSubstr(option + ": expected a value behind it, got none"));
  }
}

TEST_F(ArgumentsTest, HelpOfNoCommandIsToldSo) {
  EXPECT_THAT(refusal_of({"help", "trian"}), HasSubstr("did you mean imagine help train"));
  EXPECT_THAT(refusal_of({"help", "apple"}), HasSubstr("imagine help lists them"));
}

TEST_F(ArgumentsTest, WordsThatLostTheirQuotesAreToldSo) {
  const auto quotes = HasSubstr("put the prompt in quotes: imagine \"a photo of a red apple\"");
  EXPECT_THAT(refusal_of({"a", "photo", "of", "a", "red", "apple"}), quotes);
  EXPECT_THAT(refusal_of({"a", "photo", "of", "a", "red", "apple", "-n", "2"}), quotes);
  EXPECT_THAT(refusal_of({"-n", "2", "a", "photo", "of", "a", "red", "apple"}), quotes);
  EXPECT_THAT(refusal_of({"generate", "a", "photo"}),
              HasSubstr("put the prompt in quotes: imagine generate \"a photo\""));
  EXPECT_THAT(refusal_of({"edit", "a.png", "a", "lemon"}),
              HasSubstr("put the prompt in quotes: imagine edit a.png \"a lemon\""));
  EXPECT_THAT(refusal_of({"generate", "a red apple", "--negative", "dark", "grey"}),
              HasSubstr("got \"grey\""));
}

TEST_F(ArgumentsTest, SlipsInOptionsAreNamed) {
  for (const auto& [slip, meant] : std::map<std::string, std::string>{{"--sizee", "--size"},
                                                                      {"--szie", "--size"},
                                                                      {"--neg", "--negative"},
                                                                      {"--Size", "--size"},
                                                                      {"--width", "--size"},
                                                                      {"--cfg-scale", "--guidance"},
                                                                      {"--fulll", "--full"},
                                                                      {"-s", "--size"},
                                                                      {"-v", "--version"},
                                                                      {"-V", "--version"},
                                                                      {"--verison", "--version"}}) {
    EXPECT_THAT(refusal_of({slip, "64", "a cat"}),
                AllOf(testing::StartsWith(slip + ": expected an option of imagine"),
                      HasSubstr("did you mean " + meant + "?"), HasSubstr("--help lists them")));
  }
  EXPECT_THAT(refusal_of({"generate", "a cat", "--zzz=1"}),
              AllOf(testing::StartsWith("--zzz: "), testing::Not(HasSubstr("did you mean"))));
  EXPECT_THAT(refusal_of({"-cat"}), HasSubstr("imagine -- -cat"));
}

TEST_F(ArgumentsTest, WhatIsTooMuchIsNamed) {
  EXPECT_THAT(refusal_of({"train", "a.json", "b.json"}), HasSubstr("got \"b.json\""));
  EXPECT_THAT(refusal_of({"dataset", "encod"}), HasSubstr("did you mean imagine dataset encode?"));
}

TEST_F(ArgumentsTest, HelpAndVersionAreCommands) {
  const auto read = [&](const Words& words) { return read_arguments(app_, words); };
  EXPECT_THAT(read({"help"}), ElementsAre("--help"));
  EXPECT_THAT(read({"version"}), ElementsAre("--version"));
  EXPECT_THAT(read({"help", "edit"}), ElementsAreArray(read({"edit", "--help"})));
  EXPECT_THAT(read({"help", "dataset", "encode"}),
              ElementsAreArray(read({"dataset", "encode", "--help"})));
}

TEST(ShellWord, IsOneWordForAShell) {
  EXPECT_EQ(shell_word("a.png"), "a.png");
  EXPECT_EQ(shell_word("a red apple"), "\"a red apple\"");
  EXPECT_EQ(shell_word(""), "\"\"");
  EXPECT_EQ(shell_word("it's $5"), "'it'\\''s $5'");
}

}  // namespace
}  // namespace imagine::cli
