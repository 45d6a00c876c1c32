#include "serve/http/routes.h"

#include <gmock/gmock.h>

namespace imagine::serve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Routes, FitSegmentBySegment) {
  Routes routes;
  for (const auto& [method, path] :
       std::vector<std::pair<const char*, const char*>>{{"GET", "/"},
                                                        {"GET", "/v1/jobs/{id}"},
                                                        {"DELETE", "/v1/jobs/{id}"},
                                                        {"POST", "/v1/{rest*}"}}) {
    routes.add({.method = method, .path = path, .serve = {}});
  }
  const auto place = [&](const char* method, const char* path) -> std::string {
    const auto found = routes.find(method, path);
    return found ? found->route->method + found->route->path : "";
  };
  EXPECT_EQ(place("GET", "/"), "GET/");
  EXPECT_EQ(place("HEAD", "/v1/jobs/7"), "GET/v1/jobs/{id}");
  EXPECT_EQ(routes.find("DELETE", "/v1/jobs/a b")->names.at("id"), "a b");
  EXPECT_EQ(routes.find("POST", "/v1/a/b:c")->names.at("rest"), "a/b:c");
  EXPECT_EQ(place("GET", "/v1/jobs"), "");
  EXPECT_EQ(place("GET", "/v1/jobs/7/8"), "");
  EXPECT_EQ(place("PUT", "/v1/jobs/7"), "");
  EXPECT_THAT(routes.methods("/v1/jobs/7"), ElementsAre("GET", "DELETE", "POST"));
  EXPECT_THAT(routes.methods("/nowhere"), IsEmpty());
}

}  // namespace
}  // namespace imagine::serve
