/// `imagine generate --prompts`: a file of prompts as tar shards.
#include <gmock/gmock.h>

#include "core/check.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/tar.h"
#include "workshop/command_fixture.h"

namespace imagine::workshop {

using namespace cli;

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

using Words = std::vector<std::string>;

/// The members of shards by their names.
using Members = std::map<std::string, io::Bytes>;

class DrawsPromptFile : public Command {
 protected:
  DrawsPromptFile() { list("a red cube\n\na cone on grass\r\nuna sfera blu\nx\nthe last one"); }

  void list(const std::string& text) const { io::write_file(folder_ / "prompts.txt", text); }

  std::string out(const std::string& name = "out") const { return (folder_ / name).string(); }

  /// Draws it into `to` with the tiny model, two prompts a shard.
  Outcome draw(const std::string& to, const Words& more = {}) const {
    Words words = {"generate", "--prompts", (folder_ / "prompts.txt").string(),
                   "--out",    to,          "--per-shard",
                   "2",        "--model",   model_.path().string(),
                   "--size",   "32",        "--dtype",
                   "fp32"};
    words.insert(words.end(), more.begin(), more.end());
    return imagine(words);
  }

  static std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : io::fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  static Members members_of(const io::fs::path& shard) {
    Members members;
    io::read_archive(
        shard, [&](const std::string& name, io::Bytes bytes) { members[name] = std::move(bytes); });
    return members;
  }

  static std::string shard(const std::string& folder, int number) {
    return concat(folder, "/pictures-00000", number, ".tar");
  }
};

TEST_F(DrawsPromptFile, IntoShardsInTheOrderOfItsLines) {
  const auto outcome = draw(out());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            concat(shard(out(), 0), '\n', shard(out(), 1), '\n', shard(out(), 2), '\n'));
  EXPECT_THAT(names_in(out()), UnorderedElementsAre("manifest.json", "pictures-000000.tar",
                                                    "pictures-000001.tar", "pictures-000002.tar"));
  auto all = members_of(shard(out(), 0));
  EXPECT_EQ(all.size(), 6);
  EXPECT_EQ(all["000000000.txt"], "a red cube");
  EXPECT_EQ(all["000000001.txt"], "a cone on grass");
  EXPECT_EQ(members_of(shard(out(), 1))["000000003.txt"], "x");
  const auto last = members_of(shard(out(), 2));
  EXPECT_EQ(last.size(), 3);
  EXPECT_EQ(last.at("000000004.txt"), "the last one");
  EXPECT_EQ(io::parse_json(last.at("000000004.json"), "it")["seed"], 6);
}

TEST_F(DrawsPromptFile, AsOneCommandForEachDoes) {
  const Words counted = {"--count", "2", "--seed", "100", "--exclusive", "--negative", "fog"};
  ASSERT_EQ(draw(out(), counted).code, 0);
  const auto members = members_of(shard(out(), 1));
  EXPECT_EQ(members.size(), 12);
  const auto single = generate({"x", "--size", "32", "--seed", "107", "--negative", "fog"});
  ASSERT_EQ(single.code, 0) << single.err;
  EXPECT_EQ(members.at("000000007.txt"), "x");
  EXPECT_EQ(members.at("000000007.png"), io::read_file(file()));
}

TEST_F(DrawsPromptFile, TheSameWhoeverDrawsWhat) {
  ASSERT_EQ(draw(out("alone"), {"--exclusive", "--threads", "1"}).code, 0);
  // The last draws what is left for it, the first sees to the rest.
  for (const char* rank : {"2", "1", "0"}) {
    const auto outcome =
        draw(out("three"), {"--exclusive", "--rank", rank, "--ranks", "3", "--threads", "1"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(members_of(shard(out("alone"), i)), members_of(shard(out("three"), i)));
  }
}

TEST_F(DrawsPromptFile, OnlyWhatIsMissing) {
  ASSERT_EQ(draw(out(), {"--exclusive"}).code, 0);
  const auto second = io::read_file(shard(out(), 1));
  const auto time = io::fs::last_write_time(shard(out(), 0));
  io::fs::remove(shard(out(), 1));
  // As processes leave them that were killed, here and on another machine.
  io::write_file(out() + "/.pictures-000001.lock", "process 1 on elsewhere");
  io::write_file(out() + "/.imagine-elsewhere-1-2-3.tmp", "half");
  const auto again = draw(out(), {"--exclusive"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, shard(out(), 1) + "\n");
  EXPECT_EQ(io::read_file(shard(out(), 1)), second);
  EXPECT_EQ(io::fs::last_write_time(shard(out(), 0)), time);
  EXPECT_EQ(names_in(out()).size(), 4);
  EXPECT_THAT(again.err, Not(HasSubstr("nothing is left")));
  EXPECT_THAT(draw(out(), {"--exclusive"}).err, HasSubstr("nothing is left to do"));
  EXPECT_EQ(draw(out(), {"--exclusive"}).out, "");
}

TEST_F(DrawsPromptFile, NothingElseIntoTheSameFolder) {
  ASSERT_EQ(draw(out()).code, 0);
  const auto expect_refusal = [&](const Words& more, const std::string& what) {
    const auto outcome = draw(out(), more);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("manifest.json: "), HasSubstr(what),
                                   HasSubstr("choose another folder")));
    EXPECT_EQ(outcome.out, "");
  };
  expect_refusal({"--seed", "3"},
                 "request: seed: expected 2, as the pictures that are there, got 3");
  expect_refusal({"--count", "2"}, "pictures: expected 5");
  expect_refusal({"--format", "webp"}, "format: expected \"png\"");
  expect_refusal({"--full"}, "request: stages: expected [{}]");
  list("a red cube\na cone on grass\nuna sfera blu\nx\nanother");
  expect_refusal({}, "prompts_fingerprint: expected");
}

TEST_F(DrawsPromptFile, RefusesLinesThatCannotBeDrawn) {
  const auto expect_line = [&](const std::string& text, const std::string& what) {
    list(text);
    const auto outcome = draw(out());
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("prompts.txt: " + what), Not(HasSubstr("\n\n"))));
    EXPECT_FALSE(io::fs::exists(out()));
  };
  expect_line("one\n\ntwo\xFF\n", "line 3: expected a prompt in UTF-8");
  expect_line("one\n  \t\nthree", "line 2: prompt: expected some text, got none");
  expect_line("one\n" + std::string(2 << 20, 'a'),
              "line 2: prompt: expected at most 1048576 bytes");
  expect_line("\n\r\n", "expected prompts, one a line, got none");
  list("a\nb");
  EXPECT_THAT(draw(out(), {"--seed", "9007199254740992"}).err,
              HasSubstr("prompts.txt: line 2: seed: expected at most"));
}

TEST_F(DrawsPromptFile, WhateverElseItsLinesAre) {
  std::string words;
  for (int i = 0; i < 300; ++i) words += "sphere ";
  list("\xEF\xBB\xBF--size 64\r\n" + words +
       "\n{\"json\": [1]}\t\\0 \xE7\x8C\xAB\r\n../../x\n$(exit)");
  const auto outcome = draw(out());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 prompt is longer than the text encoder reads"));
  auto first = members_of(shard(out(), 0)), second = members_of(shard(out(), 1));
  EXPECT_EQ(first["000000000.txt"], "--size 64");
  EXPECT_EQ(first["000000001.txt"], words);
  EXPECT_EQ(second["000000002.txt"], "{\"json\": [1]}\t\\0 \xE7\x8C\xAB");
  EXPECT_EQ(second["000000003.txt"], "../../x");
}

TEST_F(DrawsPromptFile, InTheFormatThatIsAskedFor) {
  for (const auto& [format, ending] : {std::pair{"jpg", ".jpg"}, {"webp", ".webp"}}) {
    ASSERT_EQ(draw(out(format), {"--format", format, "--json"}).code, 0);
    EXPECT_TRUE(members_of(shard(out(format), 0)).contains(concat("000000001", ending)));
  }
}

TEST_F(DrawsPromptFile, OptionsThatContradictAreNamed) {
  const auto prompts = (folder_ / "prompts.txt").string();
  EXPECT_THAT(draw(out(), {"--", "a cube"}).err,
              HasSubstr("--prompts: expected all prompts in the"));
  EXPECT_THAT(draw(out(), {"--grid"}).err, HasSubstr("--grid: expected"));
  EXPECT_THAT(draw(out(), {"--seed", "random"}).err, HasSubstr("--seed: expected a number"));
  EXPECT_THAT(imagine({"generate", "--prompts", prompts}).err, HasSubstr("--out FOLDER"));
  EXPECT_THAT(draw(out(), {"--rank", "1"}).err, HasSubstr("--ranks"));
  EXPECT_THAT(draw(out(), {"--rank", "2", "--ranks", "2"}).err,
              HasSubstr("--rank: expected less than --ranks, 2, got 2"));
  EXPECT_THAT(imagine({"generate", "--prompts", prompts, "--per-shard", "0"}).err,
              HasSubstr("--per-shard: "));
  EXPECT_THAT(imagine({"generate", "x y", "--rank", "0", "--ranks", "2"}).err,
              HasSubstr("--prompts"));
  EXPECT_THAT(draw(prompts).err, HasSubstr("prompts.txt: expected to make this folder"));
  EXPECT_FALSE(io::fs::exists(out()));
}

}  // namespace
}  // namespace imagine::workshop
