#include <gmock/gmock.h>
#include <thread>

#include "serve/service_fixture.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(ServiceTest, TellsWhatIsServedAndWhatIsNot) {
  EXPECT_EQ(get("/health").json()["status"], "ok");
  const auto models = get("/v1/models").json();
  EXPECT_EQ(models["data"][0]["id"], "tiny-if-3-levels");
  EXPECT_EQ(models["models"][0]["name"], "models/tiny-if-3-levels");
  EXPECT_EQ(get("/nowhere").status, 404);
  const auto wrong = get("/v1/images/generations");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "POST");
  EXPECT_TRUE(wrong.json()["error"]["message"].is_string());
}

TEST_F(ServiceTest, AsksForAKeyWhereItHasOne) {
  options_.access.keys = {"secret"};
  EXPECT_EQ(get("/health").status, 200);
  const auto refused = post("/v1/images/generations", Json::object());
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.json()["error"]["code"], "invalid_api_key");
  Call call(port(), Call::Verb::get, "/v1/models");
  call.with("Authorization", "Bearer secret").send();
  EXPECT_EQ(call.answer().status, 200);
  const auto basic = get("/sdapi/v1/options");
  EXPECT_EQ(basic.status, 401);
  EXPECT_EQ(basic.header("WWW-Authenticate"), "Basic");
  EXPECT_EQ(basic.json()["error"], "HTTPException");
  EXPECT_EQ(post("/v1beta/models/a:predict", Json::object()).json()["error"]["status"],
            "UNAUTHENTICATED");
  EXPECT_EQ(get("/").status, 200);  // the page asks for the key
  EXPECT_EQ(get("/imagine/v1/capabilities").json()["error"]["code"], "unauthorized");
}

TEST_F(ServiceTest, EndsWithRequestsOnTheirWay) {
  Call call(port(), Call::Verb::post, "/v1/images/generations");
  call.with("Content-Type", "application/json")
      .send(R"({"prompt":"a","steps":200,"size":"16x16"})");
  std::this_thread::sleep_for(200ms);
  service_->drain(0s);
  service_.reset();
}

TEST_F(ServiceTest, PagesOfAllowedOriginsAreTold) {
  options_.access.origins = {"https://a.example"};
  Call asks(port(), Call::Verb::options, "/v1/models"),
      reads(port(), Call::Verb::get, "/v1/models");
  asks.with("Origin", "https://a.example").send();
  reads.with("Origin", "https://a.example").send();
  for (auto* call : {&asks, &reads}) {
    EXPECT_EQ(call->answer().header("Access-Control-Allow-Origin"), "https://a.example");
  }
  Call other(port(), Call::Verb::get, "/v1/models");
  other.with("Origin", "https://b.example").send();
  EXPECT_EQ(other.answer().status, 403);
}

TEST_F(ServiceTest, ShowsAPageThatNeedsNothingElse) {
  const auto page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.body, HasSubstr("<html"));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("http://")));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("https://")));
  EXPECT_EQ(get("/page/page.css").header("Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(get("/page/..%2f..%2fREADME.md").status, 400);
  EXPECT_EQ(get("/page/../README.md").status, 400);
  EXPECT_EQ(get("/page/README.md").status, 404);
}

TEST_F(ServiceTest, DescribesItsRoutes) {
  const auto document = get("/openapi.json").json();
  const auto& body = document["paths"]["/v1/images/generations"]["post"]["requestBody"]["content"]
                             ["application/json"]["schema"];
  EXPECT_EQ(body["properties"]["seed"]["type"], "integer");
  EXPECT_EQ(body["properties"]["mask"]["format"], "byte");
  EXPECT_TRUE(document["paths"].contains("/v1beta/models/{model}:predict"));
  EXPECT_TRUE(document["paths"].contains("/sdapi/v1/txt2img"));
  EXPECT_EQ(document["paths"]["/imagine/v1/jobs/{id}"]["get"]["parameters"][0]["name"], "id");
}

TEST_F(ServiceTest, CountsForPrometheusWhereItIsAskedTo) {
  EXPECT_EQ(get("/metrics").status, 404);
  service_.reset();
  options_.metrics = true;
  const Json body{{"prompt", "a"}, {"size", "16x16"}, {"steps", 2}, {"n", 2}};
  EXPECT_EQ(post("/v1/images/generations", body).status, 200);
  EXPECT_EQ(post("/sdapi/v1/txt2img", {{"steps", "no"}}).status, 422);
  const auto got = get("/metrics");
  EXPECT_THAT(got.header("Content-Type"), HasSubstr("text/plain"));
  for (const auto* line :
       {"imagine_pictures_total 2\n", "imagine_jobs_total{status=\"succeeded\"} 1\n",
        "imagine_requests_total{dialect=\"openai\",status=\"200\"} 1\n",
        "imagine_requests_total{dialect=\"a1111\",status=\"422\"} 1\n",
        "imagine_jobs{state=\"queued\"} 0\n"}) {
    EXPECT_THAT(got.body, HasSubstr(line));
  }
}

TEST_F(ServiceTest, WhoWaitsForACancelledJobIsToldNotToAskAgain) {
  Call call(port(), Call::Verb::post, "/v1/images/generations");
  call.with("Content-Type", "application/json")
      .send(R"({"prompt":"a","steps":200,"size":"16x16","n":4})");
  Json jobs = Json::array();
  while (jobs.empty()) jobs = get("/imagine/v1/jobs").json()["jobs"];
  post(jobs[0]["urls"]["cancel"], Json::object());
  const auto got = call.answer();
  EXPECT_EQ(got.status, 503);
  EXPECT_EQ(got.header("x-should-retry"), "false");
}

TEST_F(ServiceTest, WhatIsNotDoneInTimeIsAnsweredAllTheSame) {
  Call call(port(), Call::Verb::post, "/v1/images/generations");
  call.with("Content-Type", "application/json")
      .send(R"({"prompt":"a","steps":200,"size":"16x16","n":10})");
  while (get("/imagine/v1/jobs").json()["queue"]["running"] == 0) std::this_thread::sleep_for(5ms);
  service_->drain(0s);
  EXPECT_EQ(call.answer().status, 503);
  service_.reset();
}

TEST_F(ServiceTest, WhileItEndsResultsAreStillFetched) {
  const Json slow{{"prompt", "a"}, {"size", 16}, {"stages", {{{"steps", 100}}}}};
  const auto job = post("/imagine/v1/jobs", slow).json();
  std::thread ends([&] { service_->drain(30s); });
  while (get("/health").status == 200) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(post("/imagine/v1/jobs", slow).status, 503);
  EXPECT_EQ(get(job["urls"]["self"]).status, 200);
  ends.join();
}

}  // namespace
}  // namespace imagine::serve
