#include "hub/url.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::hub {
namespace {

TEST(Url, HasAnOriginOfSchemeHostAndPort) {
  EXPECT_EQ(Url("https://Hub.example/a?b", "x").origin(), "https://hub.example:443");
  EXPECT_EQ(Url("http://hub.example", "x").origin(), "http://hub.example:80");
  EXPECT_NE(Url("http://h:8000/", "x").origin(), Url("http://h:8001/", "x").origin());
  EXPECT_NE(Url("http://h:443/", "x").origin(), Url("https://h/", "x").origin());
}

TEST(Url, FollowsLocations) {
  const Url base("https://h/a/b?c", "x");
  EXPECT_EQ(base.at("/d?e=%2F").text(), "https://h/d?e=%2F");
  EXPECT_EQ(base.at("d").text(), "https://h/a/d");
  EXPECT_EQ(base.at("http://other:1/d").origin(), "http://other:1");
  EXPECT_EQ(base.at("//other/d").origin(), "https://other:443");
}

TEST(Url, RefusesOtherSchemesAndNamesOfUsers) {
  for (const std::string text :
       {"file:///etc/passwd", "ftp://h/a", "https://u:p@h/", "", "nothing at all"}) {
    EXPECT_THROW(Url(text, "x"), FormatError) << text;
  }
  const Url base("https://h/a", "x");
  EXPECT_THROW(base.at("file:///etc/passwd"), FormatError);
  EXPECT_THROW(base.at("https://h@evil/"), FormatError);
}

TEST(Url, IsShownWithoutItsSignature) {
  EXPECT_EQ(Url("https://h/a?Signature=secret#x", "x").shown(), "https://h/a");
}

TEST(Url, KnowsThisMachine) {
  EXPECT_TRUE(Url("http://127.0.0.1:5/", "x").is_local());
  EXPECT_TRUE(Url("http://localhost/", "x").is_local());
  EXPECT_FALSE(Url("http://localhost.example/", "x").is_local());
}

}  // namespace
}  // namespace imagine::hub
