#include "serve/http/target.h"

#include <gmock/gmock.h>

namespace imagine::serve {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Target, IsAPathAndAQuery) {
  const auto target = target_of("/v1/models/a%20b%2Fc?key=x%26y+z&&flag&key=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/models/a b/c");
  EXPECT_THAT(target->query, ElementsAre(Pair("flag", ""), Pair("key", "x&y z"), Pair("key", "2")));
  EXPECT_EQ(target_of("/")->path, "/");
  EXPECT_EQ(target_of("http://a.example")->path, "/");
  EXPECT_EQ(target_of("https://a.example:8/b/c?d=1")->path, "/b/c");
  EXPECT_EQ(target_of("/caf%C3%A9..jpg")->path, "/caf\xc3\xa9..jpg");
}

TEST(Target, IsNoPathThatLeadsElsewhere) {
  for (const char* text : {"", "v1", "ftp://a.example/", "http://a/../b", "*", "/../a", "/a/..",
                           "/a/%2e%2e/b", "/%2E/", "/a%2f..%2fb", "/a%", "/a%4", "/%zz", "/a%00b",
                           "/a%0d%0ab", "/%ff", "/a?x=%0a", "/a?%f0=1"}) {
    EXPECT_FALSE(target_of(text)) << text;
  }
}

}  // namespace
}  // namespace imagine::serve
