#include "hub/source.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::hub {
namespace {

using testing::HasSubstr;

TEST(Source, IsRepositoryRevisionAndFolder) {
  const auto plain = parse_source("org/name");
  EXPECT_EQ(plain.repository, "org/name");
  EXPECT_EQ(plain.revision, "main");
  EXPECT_EQ(plain.folder, "");
  const auto full = parse_source("org/na.me_1@refs/pr/1:a/b/");
  EXPECT_EQ(full.repository, "org/na.me_1");
  EXPECT_EQ(full.revision, "refs/pr/1");
  EXPECT_EQ(full.folder, "a/b");
  EXPECT_EQ(parse_source("https://huggingface.co/org/name/").repository, "org/name");
  EXPECT_EQ(parse_source("https://hf.co/org/name@v1").revision, "v1");
  EXPECT_THROW(parse_source("https://huggingface.co/org/name/tree/main"), InputError);
  EXPECT_THROW(parse_source("https://elsewhere.example/org/name"), InputError);
}

TEST(Source, RefusesWhatTheHubCannotHave) {
  for (const std::string text :
       {"", "/name", "org/", "a/b/c", "org/na me", "org/../x", "org/a--b", "org/-a", "org/a.",
        "org/a.git", "org/name@", "org/name:", "org/name:../x", "org/name:/x", "org/name@../x"}) {
    EXPECT_THROW(parse_source(text), InputError) << text;
  }
  EXPECT_THROW(parse_source("org/" + std::string(100, 'a')), InputError);
}

TEST(Source, EscapesForUrls) {
  EXPECT_EQ(url_path("a b+c%/d.txt"), "a%20b%2Bc%25/d.txt");
  EXPECT_EQ(url_segment("refs/pr/1"), "refs%2Fpr%2F1");
  EXPECT_EQ(url_path("\xc3\xa9"), "%C3%A9");
}

TEST(Source, RefusesPathsThatLeaveTheirFolder) {
  for (const std::string path : {"a", "a b+c%.txt", "folder/.hidden", "..a/b.."}) {
    EXPECT_NO_THROW(check_path(path, "x")) << path;
  }
  for (const std::string path :
       {"", "/etc/passwd", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "a\\b", "a\nb", "a\x7f",
        "\xff", ".imagine-pull.json", "a/.imagine.lock"}) {
    EXPECT_THROW(check_path(path, "x"), FormatError) << path;
  }
  EXPECT_THROW(check_path(std::string(256, 'a'), "x"), FormatError);
}

TEST(Source, TellsOfAPathInOneShortLine) {
  for (const auto& path : {std::string("a\x1b[2J\nb"), std::string(100'000, 'a')}) {
    try {
      check_path(path, "x");
      ADD_FAILURE();
    } catch (const FormatError& error) {
      const std::string told = error.what();
      EXPECT_LT(told.size(), 500u);
      EXPECT_EQ(told.find_first_of("\x1b\n"), told.npos) << told;
    }
  }
}

}  // namespace
}  // namespace imagine::hub
