#include <gmock/gmock.h>
#include <thread>

#include "io/temporary_folder.h"
#include "serve/dialects/openai_fields.h"
#include "serve/order.h"
#include "serve/service_fixture.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// What OpenAI's clients ask.
class OpenaiTest : public ServiceTest {
 protected:
  Got generate(const Json& more = Json::object()) {
    Json body{{"prompt", "a red cube"}, {"seed", 7}, {"size", "16x16"}, {"steps", 2}};
    body.update(more);
    return post("/v1/images/generations", body);
  }
};

TEST_F(OpenaiTest, DrawsWhatAnEngineAloneDraws) {
  const auto got = generate({{"n", 2}, {"model", "gpt-image-1"}, {"quality", "high"}});
  ASSERT_EQ(got.status, 200) << got.body;
  const auto json = got.json();
  EXPECT_EQ(json["data"].size(), 2u);
  EXPECT_EQ(json["data"][0]["b64_json"], drawn(7));
  EXPECT_EQ(json["data"][1]["b64_json"], drawn(8));
  EXPECT_EQ(json["data"][1]["seed"], 8);
  EXPECT_EQ(json["size"], "16x16");
  EXPECT_EQ(json["output_format"], "png");
  EXPECT_EQ(json["quality"], "high");
  const auto jpeg = generate({{"output_format", "jpeg"}}).json();
  EXPECT_EQ(jpeg["data"][0]["b64_json"], drawn(7, ImageFormat::jpeg));
  const auto other = generate({{"seed", nullptr}}).json(), again = generate({{"seed", -1}}).json();
  EXPECT_NE(other["data"][0]["seed"], again["data"][0]["seed"]);
}

TEST_F(OpenaiTest, StreamsPartialPicturesAndThenTheWholeOne) {
  const auto got = generate({{"stream", true}, {"partial_images", 2}, {"steps", 8}});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Content-Type"), "text/event-stream");
  std::vector<std::string> types;
  std::string last;
  for (const auto& [name, event] : events_of(got.body)) {
    types.push_back(event["type"]);
    EXPECT_EQ(name, event["type"]);
    if (event.contains("partial_image_index")) {
      EXPECT_EQ(event["partial_image_index"], types.size() - 1);
      EXPECT_NE(event["b64_json"], last);
    }
    last = event["b64_json"];
  }
  EXPECT_THAT(types, ElementsAre("image_generation.partial_image", "image_generation.partial_image",
                                 "image_generation.completed"));
  EXPECT_EQ(last, generate({{"steps", 8}}).json()["data"][0]["b64_json"]);
}

TEST_F(OpenaiTest, RefusesWithTheFieldThatIsToBlame) {
  struct Case {
    Json more;
    const char* param;
  };
  for (const auto& [more, param] :
       std::vector<Case>{{{{"size", "16"}}, "size"},
                         {{{"size", "9999x9999"}}, "size"},
                         {{{"size", "1x65536"}}, "size"},
                         {{{"strength", -1}}, "strength"},
                         {{{"prompt", std::string("a\0b", 3)}}, "prompt"},
                         {{{"n", 11}}, "n"},
                         {{{"n", "2"}}, "n"},
                         {{{"n", 1.5}}, "n"},
                         {{{"steps", 0}}, "steps"},
                         {{{"guidance_scale", -1}}, "guidance_scale"},
                         {{{"sampler", "none"}}, "sampler"},
                         {{{"output_format", "gif"}}, "output_format"},
                         {{{"background", "transparent"}}, "background"},
                         {{{"response_format", "file"}, {"n", 2}}, "response_format"},
                         {{{"response_format", "tar"}}, "response_format"},
                         {{{"quality", "best"}}, "quality"},
                         {{{"output_compression", 101}}, "output_compression"},
                         {{{"svg", {{"model", "a"}}}}, "svg"},
                         {{{"lora", {{{"name", "../secret"}}}}}, "lora"},
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

TEST_F(OpenaiTest, DrawsWithTheModelThatIsNamed) {
  const auto got = generate({{"model", "tiny-if"}, {"size", "auto"}});
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_NE(got.json()["data"][0]["b64_json"], drawn(7));
}

TEST_F(OpenaiTest, AModelIsCalledAsItIsListed) {
  const io::TemporaryFolder folder;
  io::fs::create_directory_symlink(IMAGINE_SOURCE_DIR "/models/imagine-small",
                                   folder / "gpt-image-1");
  options_.shelf.folder = folder.path();
  const Json body{{"prompt", "a"}, {"model", "gpt-image-1"}, {"size", 64}, {"seed", 1}};
  const auto job = post("/imagine/v1/jobs", body).json();
  EXPECT_EQ(job["model"], "gpt-image-1") << job;
  const auto done = [&] { return get(job["urls"]["self"]).json(); };
  while (done()["outputs"].empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(done()["outputs"][0]["recipe"]["model"], "gpt-image-1") << done();
}

TEST_F(OpenaiTest, AFullQueueSaysWhenToComeAgain) {
  options_.board.queue = 1;
  Call first(port(), Call::Verb::post, "/v1/images/generations");
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

TEST_F(OpenaiTest, EditsWhereTheMaskIsTransparent) {
  const auto picture = plain(16, 200);
  const auto got = post_form("/v1/images/edits", {{"prompt", "a red cube"},
                                                  {"seed", "7"},
                                                  {"steps", "2"},
                                                  {"strength", "0.9"},
                                                  {"image", file_of(picture), "a.png"},
                                                  {"mask", left_half_transparent(16), "m.png"}});
  ASSERT_EQ(got.status, 200) << got.body;
  const Request request{.task = Task::edit,
                        .image = Source{.image = picture, .name = "image"},
                        .mask = Source{.image = left_half_white(16), .name = "mask"},
                        .prompt = "a red cube",
                        .seed = 7,
                        .stages = {{.steps = 2, .strength = 0.9}}};
  EXPECT_EQ(got.json()["data"][0]["b64_json"], drawn(request));
}

TEST_F(OpenaiTest, TakesAListOfOnePictureAndRefusesWhatItCannotEdit) {
  const auto edit = [&](std::vector<FormPart> parts) {
    parts.push_back({"prompt", "a red cube"});
    parts.push_back({"steps", "2"});
    return post_form("/v1/images/edits", parts);
  };
  const auto picture = file_of(plain(16, 200));
  EXPECT_EQ(edit({{"image[]", picture, "a.png"}, {"input_fidelity", "high"}}).status, 200);
  const std::vector<std::pair<std::vector<FormPart>, const char*>> cases = {
      {{}, "image"},
      {{{"image[]", picture, "a.png"}, {"image[]", picture, "b.png"}}, "image"},
      {{{"image", "no picture", "a.png"}}, "image"},
      {{{"image", picture, "a.png"}, {"mask", picture, "m.png"}}, "mask"},
      {{{"image", picture, "a.png"}, {"n", "two"}}, "n"},
      {{{"image", picture, "a.png"}, {"svg[model]", "x"}}, "svg"}};
  for (const auto& [parts, param] : cases) {
    const auto got = edit(parts);
    EXPECT_EQ(got.status, 400) << param;
    EXPECT_EQ(got.json()["error"]["param"], param) << got.body;
  }
}

TEST_F(OpenaiTest, KeepsAPictureForItsUrl) {
  const auto got = generate({{"response_format", "url"}, {"n", 2}}).json();
  EXPECT_FALSE(got["data"][1].contains("b64_json"));
  const auto url = got["data"][1]["url"].get<std::string>();
  const std::string host = "http://localhost";
  ASSERT_THAT(url, testing::StartsWith(host));
  const auto file = get(url.substr(host.size()));
  EXPECT_EQ(file.header("Content-Type"), "image/png");
  EXPECT_EQ(base64(file.body), drawn(8));
}

TEST_F(OpenaiTest, AnswersWithAFileAlone) {
  const auto got = generate({{"response_format", "file"}});
  EXPECT_EQ(got.header("Content-Type"), "image/png");
  EXPECT_EQ(got.header("X-Seed"), "7");
  EXPECT_EQ(base64(got.body), drawn(7));
}

TEST_F(OpenaiTest, APictureForAGenerationBelongsToEdits) {
  const auto picture = generate().json()["data"][0]["b64_json"];
  const auto got = generate({{"image", picture}});
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(got.json()["error"]["param"], "image");
  EXPECT_THAT(got.body, testing::HasSubstr("/v1/images/edits"));
}

TEST_F(OpenaiTest, WhatIsWrongIsCalledAsItWasSent) {
  for (const auto& [more, param] : std::vector<std::pair<Json, const char*>>{
           {{{"cfg_scale", 101}}, "cfg_scale"},
           {{{"true_cfg_scale", 101}}, "true_cfg_scale"},
           {{{"guidance_scale", -1}}, "guidance_scale"},
           {{{"num_inference_steps", 2000}, {"steps", nullptr}}, "num_inference_steps"},
           {{{"negative_prompt", std::string(32001, 'a')}}, "negative_prompt"},
           {{{"prompt", std::string(32001, 'a')}}, "prompt"}}) {
    const auto got = generate(more);
    EXPECT_EQ(got.status, 400) << param;
    EXPECT_EQ(got.json()["error"]["param"], param) << got.body;
  }
}

TEST_F(OpenaiTest, PromptsAreCountedInCharacters) {
  std::string prompt;
  for (int i = 0; i < 20'000; ++i) prompt += "\u732b";  // three bytes each
  EXPECT_EQ(generate({{"prompt", prompt}}).status, 200);
}

TEST_F(OpenaiTest, ScalesHaveSeveralNames) {
  const auto by = [&](const char* name) {
    return generate({{name, 2}}).json()["data"][0]["b64_json"];
  };
  EXPECT_EQ(by("true_cfg_scale"), by("guidance_scale"));
  EXPECT_EQ(by("cfg_scale"), by("guidance_scale"));
  EXPECT_NE(by("guidance_scale"), generate().json()["data"][0]["b64_json"]);
}

TEST_F(OpenaiTest, BehindAProxyUrlsAreThoseOfTheProxy) {
  const auto url_told = [&](const char* scheme) {
    Call call(port(), Call::Verb::post, "/v1/images/generations");
    const Json body{{"prompt", "a red cube"}, {"steps", 2}, {"response_format", "url"}};
    call.with("X-Forwarded-Proto", scheme)
        .with("Content-Type", "application/json")
        .send(body.dump());
    return call.answer().json()["data"][0]["url"].get<std::string>();
  };
  EXPECT_THAT(url_told("https"), testing::StartsWith("https://"));
  EXPECT_THAT(url_told("gopher"), testing::StartsWith("http://"));
}

TEST(OpenaiOrder, HighQualityIsTheBaseNotTheDistilledNetwork) {
  const Access access({});
  Shelf shelf({.model = kTinyIf});
  Board board({.engine = {.dtype = "fp32", .threads = 1}});
  const Limits limits;
  Desk desk{access, shelf, board, limits, {}};
  const auto stages = [&](const char* quality) {
    return order_of(wish_of({.prompt = "x", .quality = quality}), desk, "somebody").request.stages;
  };
  for (const auto* quality : {"auto", "low", "medium", "standard"}) {
    EXPECT_EQ(stages(quality), std::vector<StageOptions>()) << quality;
  }
  for (const auto* quality : {"high", "hd", "xhigh", "max"}) {
    EXPECT_EQ(stages(quality), std::vector<StageOptions>{{.network = StageNetwork::base}})
        << quality;
  }
}

TEST_F(OpenaiTest, CompressionMakesSmallerFiles) {
  const auto bytes = [&](int quality) {
    const auto got = generate({{"output_format", "jpeg"}, {"output_compression", quality}}).json();
    return got["data"][0]["b64_json"].get<std::string>().size();
  };
  EXPECT_LT(bytes(10), bytes(95));
}

}  // namespace
}  // namespace imagine::serve
