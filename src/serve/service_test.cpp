#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <thread>

#include "io/sibling_folder.h"
#include "io/temporary_folder.h"
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
  Call google(port(), Call::Verb::get, "/v1/models");
  google.with("x-goog-api-client", "google-genai-sdk/3.6.1").send();
  EXPECT_EQ(google.answer().json()["error"]["status"], "UNAUTHENTICATED");
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
  const auto& job = document["paths"]["/imagine/v1/jobs"]["post"]["requestBody"]["content"]
                            ["application/json"]["schema"];
  EXPECT_EQ(job["properties"]["format"]["enum"], Json::array({"png", "jpeg", "webp"}));
  EXPECT_EQ(job["properties"]["count"]["maximum"], options_.limits.count);
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

TEST_F(ServiceTest, AddsLowRankChangesByNameInEveryDialect) {
  const std::string folder = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-loras";
  options_.shelf.loras = folder;
  options_.shelf.model = IMAGINE_SOURCE_DIR "/tests/data/tiny-if";
  const auto picture = [&](const char* path, Json body, const std::string& prompt) {
    body.update({{"prompt", prompt}, {"seed", 7}, {"steps", 2}});
    const auto got = post(path, body);
    EXPECT_EQ(got.status, 200) << got.body;
    return got.json();
  };
  const std::string prompt = "a red cube";
  const Request request{.prompt = prompt,
                        .seed = 7,
                        .size = 32,
                        .stages = {{.steps = 2}},
                        .loras = {{.file = folder + "/kohya.safetensors", .weight = 0.5}}};
  const auto wanted = drawn(request);
  auto unchanged = request;
  unchanged.loras.clear();
  EXPECT_NE(wanted, drawn(unchanged));
  const Json named{{"size", "32x32"}, {"lora", {{{"name", "kohya"}, {"scale", 0.5}}}}};
  EXPECT_EQ(picture("/v1/images/generations", named, prompt)["data"][0]["b64_json"], wanted);
  const Json sized{{"width", 32}, {"height", 32}};
  const auto tagged = picture("/sdapi/v1/txt2img", sized, prompt + "<lora:kohya:0.5>");
  EXPECT_EQ(tagged["images"][0], wanted);
  const auto job =
      post("/imagine/v1/jobs", {{"prompt", prompt},
                                {"seed", 7},
                                {"size", 32},
                                {"stages", {{{"steps", 2}}}},
                                {"loras", {{{"file", "kohya.safetensors"}, {"weight", 0.5}}}}})
          .json();
  const auto events = events_of(get(job["urls"]["events"]).body);
  ASSERT_FALSE(events.empty());
  const auto& outputs = events.back().second["outputs"];
  ASSERT_EQ(outputs.size(), 1u) << events.back().second;
  EXPECT_EQ(base64(get(outputs[0]["url"]).body), wanted);
  EXPECT_EQ(get("/sdapi/v1/loras").json().size(),
            get("/imagine/v1/capabilities").json()["loras"].size());
}

TEST_F(ServiceTest, ModelsThatAreBrokenAreTheServersFaultAndDoNotTellWhereTheyLie) {
  const io::TemporaryFolder folder;
  io::copy_folder(kTinyIf, folder / "usual");
  io::fs::create_directory(folder / "broken");
  options_.shelf = {.model = (folder / "usual").string(), .folder = folder.path()};
  ASSERT_EQ(get("/health").status, 200);
  io::fs::remove_all(folder / "usual" / "stage1" / "unet");  // before its weights are read
  const auto check = [&](const Got& got, const char* says) {
    EXPECT_EQ(got.status, 500) << got.body;
    EXPECT_THAT(got.body, testing::HasSubstr(says));
    EXPECT_THAT(got.body, testing::Not(testing::HasSubstr(folder.path().string())));
  };
  const Json asks{{"prompt", "x"}};
  auto other = asks;
  other["model"] = "broken";
  for (const auto* path : {"/v1/images/generations", "/sdapi/v1/txt2img"}) {
    check(post(path, asks), "safetensors");
  }
  check(post("/v1beta/models/usual:predict", {{"instances", {asks}}}), "safetensors");
  check(post("/v1/images/generations", other), "broken cannot be opened");
  check(post("/v1beta/models/broken:predict", {{"instances", {asks}}}), "broken cannot be opened");
  check(post("/imagine/v1/jobs", other), "broken cannot be opened");
  const auto job = post("/imagine/v1/jobs", asks).json();
  const auto events = events_of(get(job["urls"]["events"]).body);
  EXPECT_THAT(events.back().second.dump(), testing::HasSubstr("safetensors"));
  EXPECT_THAT(events.back().second.dump(),
              testing::Not(testing::HasSubstr(folder.path().string())));
}

TEST_F(ServiceTest, PathsFromHereDoNotTellWhereTheyLieEither) {
  const io::TemporaryFolder folder;
  for (const auto* name : {"broken", "loras"}) {
    io::fs::create_directories(folder / "ann's" / name);
  }
  io::write_file(folder / "ann's" / "loras" / "none.safetensors", "none");
  const auto relative = [&](const char* name) {
    return io::fs::relative(folder / "ann's" / name, io::fs::current_path());
  };
  options_.shelf.folder = relative(""), options_.shelf.loras = relative("loras");
  for (const auto& more : {Json{{"model", "broken"}}, Json{{"lora", {{{"name", "none"}}}}}}) {
    auto asks = more;
    asks["prompt"] = "x";
    const auto got = post("/v1/images/generations", asks);
    EXPECT_EQ(got.status, 500) << got.body;
    EXPECT_THAT(got.body, testing::Not(testing::HasSubstr("ann's"))) << got.body;
  }
}

TEST_F(ServiceTest, RefusalsBeforeTheBodyAreInTheDialectsShape) {
  options_.server.most_body = 100;
  options_.access.origins = {"https://a.example"};
  options_.metrics = true;
  const auto refused = [&](const std::string& path) {
    Call call(port(), Call::Verb::post, path);
    call.with("Origin", "https://a.example").send(std::string(101, ' '));
    const auto got = call.answer();
    EXPECT_EQ(got.status, 413) << path;
    EXPECT_EQ(got.header("Access-Control-Allow-Origin"), "https://a.example");
    return got.json();
  };
  EXPECT_EQ(refused("/v1/images/edits")["error"]["type"], "invalid_request_error");
  EXPECT_EQ(refused("/v1beta/models/a:predict")["error"]["status"], "INVALID_ARGUMENT");
  EXPECT_TRUE(refused("/sdapi/v1/img2img")["detail"].is_string());
  EXPECT_EQ(refused("/imagine/v1/jobs")["error"]["code"], "invalid_request");
  EXPECT_THAT(get("/metrics").body, testing::HasSubstr("status=\"413\"} 1"));
}

TEST_F(ServiceTest, BytesThatAreNotUtf8AreRefusedAndEndNothing) {
  const std::string body = "{\"prompt\": \"caf\xe9\"}";
  for (const auto* path :
       {"/v1/images/generations", "/v1/images/edits", "/sdapi/v1/txt2img", "/sdapi/v1/png-info",
        "/v1beta/models/a:predict", "/v1beta/models/a:generateContent", "/imagine/v1/jobs"}) {
    const auto got = post(path, body);
    EXPECT_TRUE(got.status == 400 || got.status == 422) << path << got.status;
    EXPECT_FALSE(got.json()["error"].is_null());  // which is UTF-8
    EXPECT_TRUE(post_form(path, {{"prompt", "caf\xe9"}}).status / 100 == 4) << path;
  }
  Call host(port(), Call::Verb::post, "/v1/images/generations");
  host.with("Host", "localhost:\xff")
      .send(R"({"prompt":"x","size":"16x16","response_format":"url"})");
  EXPECT_EQ(host.answer().status, 200);
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(ServiceTest, TakesNoMoreLowRankChangesThanMay) {
  options_.shelf.loras = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-loras";
  Json many = Json::array();
  std::string tags;
  for (int i = 0; i < 17; ++i) {
    many.push_back({{"file", "kohya"}});
    tags += "<lora:kohya>";
  }
  const auto native = post("/imagine/v1/jobs", {{"prompt", "x"}, {"loras", many}});
  EXPECT_EQ(native.status, 400);
  EXPECT_EQ(native.json()["error"]["field"], "loras");
  EXPECT_EQ(post("/sdapi/v1/txt2img", {{"prompt", tags}}).status, 422);
  const auto endless = post("/sdapi/v1/txt2img", {{"prompt", "<lora:kohya:nan>"}});
  EXPECT_EQ(endless.status, 422);
  EXPECT_THAT(endless.body, testing::HasSubstr("finite weight"));
  EXPECT_THAT(endless.body, testing::Not(testing::HasSubstr(IMAGINE_SOURCE_DIR)));
}

TEST_F(ServiceTest, StreamsOfEventsThatWereLeftLeaveTheirRoom) {
  options_.server.most_connections = 4;
  const auto job =
      post("/imagine/v1/jobs", {{"prompt", "x"}, {"stages", {{{"steps", 200}}}}, {"count", 10}})
          .json();
  for (int i = 0; i < 12; ++i) {
    Call events(port(), Call::Verb::get, job["urls"]["events"]);
    events.send();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    events.leave();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(get("/health").status, 200);
  post(job["urls"]["cancel"], Json::object());
}

TEST_F(ServiceTest, TheHeadOfAStreamOfEventsIsAll) {
  const auto job = post("/imagine/v1/jobs", {{"prompt", "x"}}).json();
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), port()});
  const auto ask = [&](const std::string& line) {
    boost::asio::write(socket, boost::asio::buffer(line + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    std::string head;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(head), "\r\n\r\n");
    return head;
  };
  EXPECT_THAT(ask("HEAD " + job["urls"]["events"].get<std::string>()),
              testing::HasSubstr("text/event-stream"));
  EXPECT_THAT(ask("GET /health"), testing::StartsWith("HTTP/1.1 200"));
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
  const auto refused = post("/imagine/v1/jobs", slow);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "10");
  EXPECT_EQ(get(job["urls"]["self"]).status, 200);
  ends.join();
}

}  // namespace
}  // namespace imagine::serve
