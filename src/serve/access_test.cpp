#include "serve/access.h"

#include <gmock/gmock.h>

#include "core/base64.h"
#include "imagine/error.h"

namespace imagine::serve {
namespace {

Head asked(Headers headers, std::multimap<std::string, std::string> query = {}) {
  if (!headers.contains("host")) headers.emplace("Host", "localhost:9");
  return {.method = "POST",
          .path = "/",
          .query = std::move(query),
          .headers = std::move(headers),
          .peer = "127.0.0.1"};
}

int status(const Access& access, const Head& head, bool needs_key = true) {
  const auto refusal = access.refusal(head, needs_key);
  return refusal ? refusal->status : 200;
}

TEST(Access, TakesAKeyInEveryWayThatClientsShowIt) {
  const Access access({.keys = {"first", "se:cret"}});
  EXPECT_EQ(status(access, asked({})), 401);
  EXPECT_EQ(status(access, asked({}), false), 200);
  for (const auto& [name, value] : std::multimap<std::string, std::string>{
           {"Authorization", "Bearer first"},
           {"authorization", "bearer  se:cret "},
           {"X-Api-Key", "first"},
           {"x-goog-api-key", "first"},
           {"Authorization", "Basic " + base64("anybody:first")},
           {"Authorization", "Basic " + base64("se:cret")}}) {
    EXPECT_EQ(status(access, asked({{name, value}})), 200) << value;
  }
  EXPECT_EQ(status(access, asked({}, {{"key", "first"}})), 200);
  for (const auto* value : {"Bearer", "Bearer firs", "Bearer first1", "Bearer ", "first",
                            "Basic first", "Basic !!", "Digest first", ""}) {
    EXPECT_EQ(status(access, asked({{"Authorization", value}})), 401) << value;
  }
  EXPECT_THROW(Access({.keys = {""}}), ConfigError);
}

TEST(Access, ToldByNobodysNameItAnswersThisMachineAlone) {
  const Access access({.hosts = {"studio.example"}});
  for (const auto* host : {"localhost", "localhost:80", "127.0.0.1:80", "[::1]:80", "a.localhost",
                           "studio.example:80", "LocalHost", "localhost.:80", "Studio.example"}) {
    EXPECT_EQ(status(access, asked({{"Host", host}})), 200) << host;
  }
  for (const auto* host :
       {"", "rebound.example", "localhost.rebound.example", "127.0.0.1.rebound.example",
        "127.rebound.example", "10.0.0.1", "studio.example.rebound.example"}) {
    EXPECT_EQ(status(access, asked({{"Host", host}})), 403) << host;
  }
  EXPECT_EQ(status(Access({.is_local = false}), asked({{"Host", "any.example"}})), 200);
}

TEST(Access, PagesOfOtherOriginsAreRefusedUnlessTheyAreAllowed) {
  const Access closed{{}}, open({.origins = {"https://A.example/"}}), all({.origins = {"*"}}),
      near({.origins = {"localhost"}});
  const auto from = [](const char* origin) {
    return asked({{"Host", "localhost:9"}, {"Origin", origin}});
  };
  EXPECT_EQ(status(closed, from("http://localhost:9")), 200);
  EXPECT_EQ(status(near, from("http://localhost:3000")), 200);
  EXPECT_EQ(status(open, from("https://a.example")), 200);
  EXPECT_EQ(status(all, from("https://b.example")), 200);
  EXPECT_EQ(status(closed, from("http://localhost:3000")), 403);  // another program's page
  EXPECT_EQ(status(near, from("http://localhost.b.example")), 403);
  EXPECT_EQ(status(near, from("http://127.0.0.1:3000")), 200);
  EXPECT_EQ(status(near, from("http://127.0.0.1.b.example")), 403);
  EXPECT_EQ(status(open, from("https://a.example.b.example")), 403);
  EXPECT_EQ(status(open, from("null")), 403);
  EXPECT_TRUE(closed.headers(from("http://localhost:9")).empty());
  const auto told = open.headers(from("https://a.example"));
  EXPECT_EQ(told.front().second, "https://a.example");
  for (const auto& [name, value] : told) EXPECT_NE(name, "Access-Control-Allow-Credentials");
  const auto asks = asked({{"Host", "localhost:9"},
                           {"Origin", "https://a.example"},
                           {"Access-Control-Request-Headers", "authorization,x-stainless-os"}});
  std::map<std::string, std::string> answers;
  for (const auto& [name, value] : open.headers(asks)) answers[name] = value;
  EXPECT_EQ(answers["Access-Control-Allow-Headers"], "authorization,x-stainless-os");
  EXPECT_NE(answers["Access-Control-Expose-Headers"].find("Retry-After"), std::string::npos);
}

TEST(Access, OwnersAreToldApartByKeyOrAddress) {
  const Access access({.keys = {"first", "second"}});
  const auto with = [](const char* key) { return asked({{"X-Api-Key", key}}); };
  EXPECT_EQ(access.owner(with("first")), access.owner(with("first")));
  EXPECT_NE(access.owner(with("first")), access.owner(with("second")));
  EXPECT_EQ(access.owner(with("first")).find("first"), std::string::npos);
  EXPECT_EQ(Access({}).owner(asked({})), "address 127.0.0.1");
}

}  // namespace
}  // namespace imagine::serve
