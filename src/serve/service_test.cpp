#include "serve/service.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gmock/gmock.h>
#include <thread>

#include "core/base64.h"
#include "core/fields.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
namespace http = boost::beast::http;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTinyIf = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";

struct Got {
  int status;
  std::string body;
  http::fields headers;

  Json json() const { return Json::parse(body); }
  std::string header(const char* name) const { return std::string(headers[name]); }
};

/// One request on a connection of its own.
class Call {
 public:
  Call(std::uint16_t port, http::verb method, const std::string& target) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    request_.method(method), request_.target(target), request_.version(11);
    request_.set(http::field::host, "localhost");
  }

  Call& with(const std::string& name, const std::string& value) {
    request_.set(name, value);
    return *this;
  }
  void send(const std::string& body = "") {
    request_.body() = body;
    request_.prepare_payload();
    http::write(socket_, request_);
  }
  Got answer() {
    http::response<http::string_body> response;
    http::response_parser<http::string_body> parser;
    parser.body_limit(100'000'000);
    http::read(socket_, buffer_, parser);
    return {.status = int(parser.get().result_int()),
            .body = parser.get().body(),
            .headers = parser.get()};
  }
  void leave() { socket_.close(); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  http::request<http::string_body> request_;
  boost::beast::flat_buffer buffer_;
};

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    options_.shelf = {.model = kTinyIf, .folder = IMAGINE_SOURCE_DIR "/tests/data"};
    options_.board.engine = {.dtype = "fp32", .threads = 1};
  }

  std::uint16_t port() {
    if (!service_) service_ = std::make_unique<Service>(options_);
    return service_->port();
  }
  Got get(const std::string& target) {
    Call call(port(), http::verb::get, target);
    call.send();
    return call.answer();
  }
  Got post(const std::string& target, const Json& body) {
    Call call(port(), http::verb::post, target);
    call.with("Content-Type", "application/json")
        .send(body.is_string() ? body.get<std::string>() : body.dump());
    return call.answer();
  }
  Got generate(const Json& more = Json::object()) {
    Json body{{"prompt", "a red cube"}, {"seed", 7}, {"size", "16x16"}, {"steps", 2}};
    body.update(more);
    return post("/v1/images/generations", body);
  }
  /// As an engine alone draws it.
  std::string expected(std::uint64_t seed, ImageFormat format = ImageFormat::png) {
    Engine engine(options_.board.engine);
    const Request request{
        .prompt = "a red cube", .seed = seed, .size = 16, .stages = {{.steps = 2}}};
    return base64(encode(engine.draw(Model::open(kTinyIf), request).front(), format).bytes);
  }

  ServiceOptions options_;
  std::unique_ptr<Service> service_;
};

TEST_F(ServiceTest, DrawsWhatAnEngineAloneDraws) {
  const auto got = generate({{"n", 2}, {"model", "gpt-image-1"}, {"quality", "high"}});
  ASSERT_EQ(got.status, 200) << got.body;
  const auto json = got.json();
  EXPECT_EQ(json["data"].size(), 2u);
  EXPECT_EQ(json["data"][0]["b64_json"], expected(7));
  EXPECT_EQ(json["data"][1]["b64_json"], expected(8));
  EXPECT_EQ(json["data"][1]["seed"], 8);
  EXPECT_EQ(json["size"], "16x16");
  EXPECT_EQ(json["output_format"], "png");
  EXPECT_EQ(json["quality"], "high");
  const auto jpeg = generate({{"output_format", "jpeg"}}).json();
  EXPECT_EQ(jpeg["data"][0]["b64_json"], expected(7, ImageFormat::jpeg));
  const auto other = generate({{"seed", nullptr}}).json(), again = generate({{"seed", -1}}).json();
  EXPECT_NE(other["data"][0]["seed"], again["data"][0]["seed"]);
}

TEST_F(ServiceTest, StreamsPartialPicturesAndThenTheWholeOne) {
  const auto got = generate({{"stream", true}, {"partial_images", 2}, {"steps", 8}});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Content-Type"), "text/event-stream");
  std::vector<std::string> types;
  std::string last;
  for (std::size_t at = 0; at < got.body.size();) {
    const auto end = got.body.find("\n\n", at);
    ASSERT_EQ(got.body.substr(at, 6), "data: ");
    const auto event = Json::parse(got.body.substr(at + 6, end - at - 6));
    types.push_back(event["type"]);
    if (event.contains("partial_image_index")) {
      EXPECT_EQ(event["partial_image_index"], types.size() - 1);
      EXPECT_NE(event["b64_json"], last);
    }
    last = event["b64_json"];
    at = end + 2;
  }
  EXPECT_THAT(types, ElementsAre("image_generation.partial_image", "image_generation.partial_image",
                                 "image_generation.completed"));
  EXPECT_EQ(last, generate({{"steps", 8}}).json()["data"][0]["b64_json"]);
}

TEST_F(ServiceTest, RefusesWithTheFieldThatIsToBlame) {
  struct Case {
    Json more;
    const char* param;
  };
  for (const auto& [more, param] :
       std::vector<Case>{{{{"size", "16"}}, "size"},
                         {{{"size", "9999x9999"}}, "size"},
                         {{{"n", 11}}, "n"},
                         {{{"n", "2"}}, "n"},
                         {{{"n", 1.5}}, "n"},
                         {{{"steps", 0}}, "steps"},
                         {{{"guidance_scale", -1}}, "guidance_scale"},
                         {{{"sampler", "none"}}, "sampler"},
                         {{{"output_format", "gif"}}, "output_format"},
                         {{{"background", "transparent"}}, "background"},
                         {{{"response_format", "url"}}, "response_format"},
                         {{{"frame_count", 2}}, "frame_count"},
                         {{{"stream", "yes"}}, "stream"},
                         {{{"prompt", 7}}, "prompt"},
                         {{{"prompt", std::string(32'001, 'a')}}, "prompt"}}) {
    const auto got = generate(more);
    EXPECT_EQ(got.status, 400) << more.dump().substr(0, 60);
    EXPECT_EQ(got.json()["error"]["param"], param);
    EXPECT_EQ(got.json()["error"]["type"], "invalid_request_error");
    EXPECT_THAT(got.json()["error"]["message"].get<std::string>(), HasSubstr("expected"));
  }
  const auto unknown = generate({{"model", "no-such-model"}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.json()["error"]["code"], "model_not_found");
  EXPECT_EQ(unknown.json()["error"]["param"], "model");
  EXPECT_THAT(unknown.header("X-Request-Id"), testing::StartsWith("req_"));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "[";
  for (const auto& body : {std::string("{"), std::string("[]"), std::string(),
                           "{\"prompt\": " + deep, std::string(R"({"prompt":"a","prompt":"b"})")}) {
    const auto got = post("/v1/images/generations", body);
    EXPECT_EQ(got.status, 400) << body;
    EXPECT_TRUE(got.json()["error"]["message"].is_string());
  }
}

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

TEST_F(ServiceTest, DrawsWithTheModelThatIsNamed) {
  const auto got = generate({{"model", "tiny-if"}, {"size", "auto"}});
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_NE(got.json()["data"][0]["b64_json"], expected(7));
}

TEST_F(ServiceTest, AsksForAKeyWhereItHasOne) {
  options_.access.keys = {"secret"};
  EXPECT_EQ(get("/health").status, 200);
  const auto refused = generate();
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.json()["error"]["code"], "invalid_api_key");
  Call call(port(), http::verb::get, "/v1/models");
  call.with("Authorization", "Bearer secret").send();
  EXPECT_EQ(call.answer().status, 200);
}

TEST_F(ServiceTest, AFullQueueSaysWhenToComeAgain) {
  options_.board.queue = 1;
  Call first(port(), http::verb::post, "/v1/images/generations");
  first.with("Content-Type", "application/json")
      .send(R"({"prompt":"a","steps":200,"size":"16x16"})");
  std::this_thread::sleep_for(300ms);
  const auto got = generate();
  EXPECT_EQ(got.status, 429);
  EXPECT_GE(std::stoi(got.header("Retry-After")), 1);
  EXPECT_EQ(got.json()["error"]["code"], "rate_limit_exceeded");
  first.leave();  // which makes room
  int status = 429;
  for (int i = 0; i < 100 && status == 429; ++i) {
    std::this_thread::sleep_for(50ms);
    status = generate().status;
  }
  EXPECT_EQ(status, 200);
}

TEST_F(ServiceTest, EndsWithRequestsOnTheirWay) {
  Call call(port(), http::verb::post, "/v1/images/generations");
  call.with("Content-Type", "application/json")
      .send(R"({"prompt":"a","steps":200,"size":"16x16"})");
  std::this_thread::sleep_for(200ms);
  service_->drain(0s);
  service_.reset();
}

TEST_F(ServiceTest, PagesOfAllowedOriginsAreTold) {
  options_.access.origins = {"https://a.example"};
  Call asks(port(), http::verb::options, "/v1/models"),
      reads(port(), http::verb::get, "/v1/models");
  asks.with("Origin", "https://a.example").send();
  reads.with("Origin", "https://a.example").send();
  for (auto* call : {&asks, &reads}) {
    EXPECT_EQ(call->answer().header("Access-Control-Allow-Origin"), "https://a.example");
  }
  Call other(port(), http::verb::get, "/v1/models");
  other.with("Origin", "https://b.example").send();
  EXPECT_EQ(other.answer().status, 403);
}

}  // namespace
}  // namespace imagine::serve
