#include <gmock/gmock.h>

#include "core/check.h"
#include "serve/dialects/google_call.h"
#include "serve/dialects/mask.h"
#include "serve/dialects/predict_fields.h"
#include "serve/service_fixture.h"

namespace imagine::serve {
namespace {

using testing::HasSubstr;

constexpr const char* kPredict = "/v1beta1/publishers/google/models/imagen-4.0:predict";
constexpr const char* kGenerate = "/v1beta/models/gemini-3.1-flash-image:generateContent";

class GoogleTest : public ServiceTest {
 protected:
  static Json instance(const Json& more = Json::object()) {
    Json instance{{"prompt", "a red cube"}};
    instance.update(more);
    return instance;
  }
  static Json parameters(const Json& more = Json::object()) {
    Json parameters{{"seed", 7}, {"steps", 2}, {"sampleImageSize", "512"}};
    parameters.update(more);
    return parameters;
  }
  static Json reference(const char* type, int id, const Image& image) {
    return {{"referenceType", concat("REFERENCE_TYPE_", type)},
            {"referenceId", id},
            {"referenceImage",
             {{"bytesBase64Encoded", base64(file_of(image))}, {"mimeType", "image/png"}}}};
  }
  /// The largest size that the model has: what 512 comes to.
  std::string expected(std::uint64_t seed, Request request = {}) {
    request.prompt = "a red cube", request.seed = seed;
    if (request.task == Task::generate) request.size = 32;
    request.stages = {{.steps = 2}};
    return drawn(request);
  }
};

TEST(GoogleCall, IsFoundWhateverStandsBefore) {
  for (const auto* path :
       {"/v1/models/a:predict", "/v1beta/models/a:predict",
        "/v1beta1/publishers/google/models/a:predict", "/gem/v1beta/models/a:predict",
        "/v1beta1/projects/p/locations/l/publishers/google/models/a:predict"}) {
    const auto call = google_call(path);
    ASSERT_TRUE(call) << path;
    EXPECT_EQ(call->model, "a");
    EXPECT_EQ(call->verb, "predict");
  }
  for (const auto* path : {"/models/a:predict", "/v1/models/a", "/v1/models/:predict",
                           "/v1/models/a/b:predict", "/v1/images/generations", "/"}) {
    EXPECT_FALSE(google_call(path)) << path;
  }
}

TEST(GrownMask, GrowsToAllSidesByAShareOfItsWidth) {
  Image image{20, 10, std::vector<std::uint8_t>(600, 0)};
  std::fill_n(image.at(10, 5), 3, std::uint8_t(30));  // grey counts as chosen
  std::fill_n(image.at(0, 0), 3, std::uint8_t(4));    // what a JPEG makes of black does not
  const auto count = [&](double dilation) {
    const auto grown = grown_mask({.image = image, .name = "mask"}, dilation).image;
    return std::ranges::count(grown.rgb, 255) / 3;
  };
  EXPECT_EQ(count(0), 1);
  EXPECT_EQ(count(0.1), 25);
  EXPECT_EQ(count(0.25), 11 * 10);
  EXPECT_EQ(count(1), 200);
  image = {200'000, 2, std::vector<std::uint8_t>(1'200'000, 0)};
  std::fill_n(image.at(0, 0), 3, std::uint8_t(255));
  EXPECT_EQ(count(1), 400'000);  // soon: a column is no longer than it is
}

TEST_F(GoogleTest, PredictsFromAListOrOneInstance) {
  for (const auto& instances : {Json::array({instance()}), instance()}) {
    const auto got = post(kPredict, {{"instances", instances}, {"parameters", parameters()}});
    ASSERT_EQ(got.status, 200) << got.body;
    const auto predictions = got.json()["predictions"];
    ASSERT_EQ(predictions.size(), 1u);
    EXPECT_EQ(predictions[0]["bytesBase64Encoded"], expected(7));
    EXPECT_EQ(predictions[0]["mimeType"], "image/png");
  }
  const auto two =
      post(kPredict, {{"instances", instance()}, {"parameters", parameters({{"sampleCount", 2}})}});
  EXPECT_EQ(two.json()["predictions"][0]["seed"], 7);
  EXPECT_EQ(two.json()["predictions"][1]["seed"], 8);
  const auto bare = post("/", {{"instances", instance()}, {"parameters", parameters()}});
  EXPECT_EQ(bare.json()["predictions"][0]["bytesBase64Encoded"], expected(7));
  const auto jpeg = post(
      kPredict, {{"instances", instance()},
                 {"parameters", parameters({{"outputOptions", {{"mimeType", "image/jpeg"}}}})}});
  EXPECT_EQ(jpeg.json()["predictions"][0]["mimeType"], "image/jpeg");
}

TEST_F(GoogleTest, EditsWhereTheMaskIsNotBlack) {
  const auto picture = plain(16, 200);
  auto mask = reference("MASK", 2, left_half_white(16));
  mask["maskImageConfig"] = {{"maskMode", "MASK_MODE_USER_PROVIDED"}};
  const auto got =
      post(kPredict,
           {{"instances", {instance({{"referenceImages", {reference("RAW", 1, picture), mask}}})}},
            {"parameters", parameters({{"editMode", "EDIT_MODE_INPAINT_INSERTION"}})}});
  ASSERT_EQ(got.status, 200) << got.body;
  const Request request{.task = Task::edit,
                        .image = Source{.image = picture, .name = "referenceImages[1]"},
                        .mask = Source{.image = left_half_white(16), .name = "referenceImages[2]"},
                        .size = 32};
  EXPECT_EQ(got.json()["predictions"][0]["bytesBase64Encoded"], expected(7, request));
}

TEST_F(GoogleTest, Upscales) {
  const Json picture{{"bytesBase64Encoded", base64(file_of(plain(16, 200)))}};
  const auto got =
      post(kPredict,
           {{"instances", {{{"image", picture}}}},
            {"parameters", {{"mode", "upscale"}, {"upscaleConfig", {{"upscaleFactor", "x2"}}}}}});
  ASSERT_EQ(got.status, 200) << got.body;
  const auto bytes =
      base64_bytes(got.json()["predictions"][0]["bytesBase64Encoded"].get<std::string>());
  EXPECT_EQ(decode(*bytes, "answer").image.width, 32);
}

TEST_F(GoogleTest, WhoRemovesSomethingNeedSayNothing) {
  const auto picture = plain(16, 200);
  const auto edit = [&](const Json& of, const char* mode) {
    auto whole = of;
    whole["referenceImages"] = {reference("RAW", 1, picture),
                                reference("MASK", 2, left_half_white(16))};
    return post(kPredict,
                {{"instances", {whole}}, {"parameters", parameters({{"editMode", mode}})}});
  };
  const auto bytes = [](const Got& got) {
    return got.json()["predictions"][0]["bytesBase64Encoded"];
  };
  const auto silent = edit(Json::object(), "EDIT_MODE_INPAINT_REMOVAL");
  ASSERT_EQ(silent.status, 200) << silent.body;
  EXPECT_EQ(bytes(silent), bytes(edit({{"prompt", "background"}}, "EDIT_MODE_INPAINT_REMOVAL")));
}

TEST_F(GoogleTest, AGuidanceBeyondOursIsTheLargest) {
  const auto drawn_with = [&](double scale) {
    const auto got = post(kPredict, {{"instances", instance()},
                                     {"parameters", parameters({{"guidanceScale", scale}})}});
    return got.json()["predictions"][0]["bytesBase64Encoded"];
  };
  EXPECT_EQ(drawn_with(60), drawn_with(50));
  EXPECT_NE(drawn_with(50), drawn_with(2));
}

TEST_F(GoogleTest, ModelsAreListedUnderAnyPrefix) {
  for (const auto* path : {"/gem/v1beta/models", "/google/v1beta/models", "/v1alpha/models",
                           "/v1beta1/publishers/google/models"}) {
    const auto got = get(path);
    EXPECT_EQ(got.status, 200) << path;
    EXPECT_EQ(got.json()["models"][0]["name"], "models/tiny-if-3-levels") << path;
  }
  EXPECT_EQ(get("/gem/v1beta/models/tiny-if-3-levels").json()["name"], "models/tiny-if-3-levels");
  EXPECT_EQ(get("/gem/v1beta/models/nothing").json()["error"]["status"], "NOT_FOUND");
  EXPECT_EQ(get("/gem/models").status, 404);
  const auto predicted = post("/x/v2alpha1/models/imagen:predict",
                              {{"instances", instance()}, {"parameters", parameters()}});
  EXPECT_EQ(predicted.json()["predictions"][0]["bytesBase64Encoded"], expected(7))
      << predicted.body;
}

TEST_F(GoogleTest, WhatNoVerbIsThereAreNoAnswersTo) {
  EXPECT_EQ(post("/v1beta/models/x:countTokens", Json::object()).status, 404);
  const auto got = get("/v1beta/models/tiny-if-3-levels:predict");
  EXPECT_EQ(got.status, 405);
  EXPECT_EQ(got.header("Allow"), "POST");
  Call call(port(), Call::Verb::get, "/nowhere");
  call.with("x-goog-api-client", "google-genai-sdk/3.6.1").send();
  EXPECT_EQ(call.answer().json()["error"]["status"], "NOT_FOUND");
}

TEST_F(GoogleTest, AMaskOfSmallNumbersChoosesToo) {
  auto mask = left_half_white(16);
  for (auto& level : mask.rgb) level = std::uint8_t(level / 255);  // 0 and 1, as segmenters have it
  const auto grown = grown_mask({.image = mask, .name = "mask"}, 0).image;
  EXPECT_EQ(grown.rgb, left_half_white(16).rgb);
}

TEST_F(GoogleTest, AnUnknownModelIsToldInTheClientsShape) {
  const auto ask = [&](const std::string& header) {
    Call call(port(), Call::Verb::get, "/v1/models/nothing");
    if (!header.empty()) call.with(header, "google-genai-sdk/3.6.1");
    call.send();
    return call.answer().json()["error"];
  };
  EXPECT_EQ(ask("")["param"], "model");
  EXPECT_EQ(ask("x-goog-api-client")["status"], "NOT_FOUND");
  EXPECT_EQ(get("/v1beta1/publishers/google/models").json()["models"][0]["name"],
            "models/tiny-if-3-levels");
}

TEST(PredictWish, ReferencesAreFollowed) {
  const auto picture = [](int id, const char* type, const Json& more = Json::object()) {
    Image image{.width = 4, .height = 4, .rgb = std::vector<std::uint8_t>(48, std::uint8_t(id))};
    Json reference{{"referenceType", type},
                   {"referenceId", id},
                   {"referenceImage",
                    {{"bytesBase64Encoded", base64(io::encode_image(image, ImageFormat::png))}}}};
    reference.update(more);
    return reference;
  };
  const auto wish = [](const Json& references) {
    PredictFields fields;
    read_sent({{"instances", {{{"prompt", "x"}, {"referenceImages", references}}}}}, {}, fields);
    return wish_of(fields);
  };
  const Json canny{{"controlImageConfig", {{"controlType", "CONTROL_TYPE_CANNY"}}}};
  const Json found{
      {"controlImageConfig", {{"controlType", "CONTROL_TYPE_CANNY"}, {"computeControl", true}}}};
  const Json scribble{{"controlImageConfig", {{"control_type", "CONTROL_TYPE_SCRIBBLE"}}}};
  const auto all =
      wish({picture(3, "REFERENCE_TYPE_CONTROL", canny),
            picture(5, "REFERENCE_TYPE_CONTROL", scribble), picture(6, "REFERENCE_TYPE_STYLE")});
  EXPECT_EQ(all.task, Task::generate);
  EXPECT_EQ(all.control->edges->name, "referenceImages[3].referenceImage");
  EXPECT_EQ(all.control->sketch->image.rgb[0], 5);
  EXPECT_FALSE(all.control->edges_from);
  const Picture layer{.image = {.width = 2, .height = 2, .rgb = std::vector<std::uint8_t>(12, 9)},
                      .recipe = {},
                      .alpha = {0, 0, 0, 255}};  // a stroke on a layer
  auto stroke = picture(5, "REFERENCE_TYPE_CONTROL", scribble);
  stroke["referenceImage"]["bytesBase64Encoded"] = base64(encode(layer, ImageFormat::png).bytes);
  EXPECT_EQ(wish({stroke}).control->sketch->alpha, layer.alpha);
  EXPECT_EQ(all.style->picture.name, "referenceImages[6].referenceImage");
  const auto edit =
      wish({picture(1, "REFERENCE_TYPE_RAW"), picture(3, "REFERENCE_TYPE_CONTROL", found)});
  EXPECT_EQ(edit.task, Task::edit);
  EXPECT_TRUE(edit.control->edges_from);
  for (const auto& other : {canny, found}) {
    EXPECT_THAT(([&] {
                  wish({picture(1, "REFERENCE_TYPE_CONTROL", canny),
                        picture(2, "REFERENCE_TYPE_CONTROL", other)});
                }),
                testing::ThrowsMessage<Problem>(HasSubstr("[2]: expected one reference of each")));
  }
}

TEST_F(GoogleTest, ReferencesSayWhatTheyAre) {
  const Json face{{"controlType", "CONTROL_TYPE_FACE_MESH"}};
  auto untyped = reference("CONTROL", 3, left_half_white(16)), with_face = untyped;
  with_face["controlImageConfig"] = face;
  auto computed = untyped;
  computed["controlImageConfig"] = {{"computeControl", true}};
  auto nothing = untyped;
  nothing.erase("referenceType");
  const auto bare = [](const char* type) {
    return Json{{"referenceType", concat("REFERENCE_TYPE_", type)}, {"referenceId", 3}};
  };
  const std::string type = "CONTROL_TYPE_CANNY or CONTROL_TYPE_SCRIBBLE, got ";
  auto bare_control = bare("CONTROL");
  bare_control["controlImageConfig"] = {{"controlType", "CONTROL_TYPE_CANNY"}};
  for (const auto& [of, member, expected] : std::vector<std::tuple<Json, std::string, std::string>>{
           {untyped, ".controlImageConfig.controlType", type + "none"},
           {computed, ".controlImageConfig.controlType", type + "none"},
           {with_face, ".controlImageConfig.controlType", type + "CONTROL_TYPE_FACE_MESH"},
           {bare_control, ".referenceImage", "a picture, got none"},
           {bare("RAW"), ".referenceImage", "a picture, got none"},
           {bare("MASK"), ".referenceImage", "a picture, got none"},
           {bare("STYLE"), ".referenceImage", "a picture, got none"},
           {bare("SUBJECT"), "", "no subject"},
           {nothing, ".referenceType",
            "REFERENCE_TYPE_ RAW, MASK or STYLE once, or CONTROL, got "
            "none"}}) {
    const auto got = post(kPredict, {{"instances", instance({{"referenceImages", {of}}})}});
    EXPECT_EQ(got.status, 400) << of;
    const auto fault = got.json()["error"]["details"][0]["fieldViolations"][0];
    EXPECT_EQ(fault["field"], "referenceImages[3]" + member);
    EXPECT_THAT(fault["description"].get<std::string>(),
                HasSubstr("referenceImages[3]" + member + ": expected " + expected));
  }
}

TEST_F(GoogleTest, RefusesWhatTheModelCannotFollowByTheReferences) {
  auto lines = reference("CONTROL", 3, left_half_white(16));
  lines["controlImageConfig"] = {{"controlType", "CONTROL_TYPE_CANNY"}};
  const auto field_of_refusal = [&](const Json& of) {
    const auto got = post(kPredict, {{"instances", instance({{"referenceImages", {of}}})},
                                     {"parameters", parameters()}});
    EXPECT_EQ(got.status, 400) << got.body;
    return got.json()["error"]["details"][0]["fieldViolations"][0]["field"].get<std::string>();
  };
  EXPECT_EQ(field_of_refusal(lines), "referenceImages");
  EXPECT_EQ(field_of_refusal(reference("STYLE", 3, plain(16, 9))), "referenceImages");
  options_.shelf.model = IMAGINE_SOURCE_DIR "/models/imagine-small";
  service_.reset();
  EXPECT_EQ(field_of_refusal(lines), "referenceImages[3].referenceImage");  // half of it is no line
}

TEST_F(GoogleTest, RefusesByName) {
  const auto raw = reference("RAW", 1, plain(16, 0));
  auto semantic = reference("MASK", 2, plain(16, 0));
  semantic["maskImageConfig"] = {{"mask_mode", "MASK_MODE_SEMANTIC"}};
  struct Case {
    Json instances, parameters;
    const char* named;
  };
  for (const auto& [instances, parameters, named] : std::vector<Case>{
           {Json::array(), Json::object(), "instances"},
           {Json::array({instance(), instance()}), Json::object(), "instances"},
           {instance(), {{"sampleCount", 99}}, "sampleCount"},
           {instance(), {{"aspectRatio", "9"}}, "aspectRatio"},
           {instance(), {{"sampleImageSize", "8K"}}, "sampleImageSize"},
           {instance(), {{"storageUri", "gs://a"}}, "storageUri"},
           {instance(), {{"outputOptions", {{"mimeType", "image/gif"}}}}, "mimeType"},
           {instance({{"referenceImages", {raw, semantic}}}), Json::object(), "[2]"},
           {instance({{"referenceImages", {reference("SUBJECT", 4, plain(16, 0))}}}),
            Json::object(), "[4]"},
           {instance({{"referenceImages", {reference("MASK", 4, plain(16, 0))}}}), Json::object(),
            "referenceImages: expected one of REFERENCE_TYPE_RAW"},
           {instance({{"referenceImages", {raw}}}), {{"editMode", "EDIT_MODE_STYLE"}}, "editMode"},
           {instance({{"productImages", Json::array()}}), Json::object(), "productImages"},
           {instance({{"referenceImages", {reference("STYLE", 4, plain(16, 0))}}}),
            {{"mode", "upscale"}},
            "referenceImages: expected none for an enlargement"},
           {instance(),
            {{"mode", "upscale"}, {"editMode", "EDIT_MODE_STYLE"}},
            "editMode: expected none for an enlargement"},
           {Json{{"image", {{"gcsUri", "gs://a"}}}}, {{"mode", "upscale"}}, "image"}}) {
    const auto got = post(kPredict, {{"instances", instances}, {"parameters", parameters}});
    EXPECT_EQ(got.status, 400) << got.body;
    const auto error = got.json()["error"];
    EXPECT_EQ(error["code"], 400);
    EXPECT_EQ(error["status"], "INVALID_ARGUMENT");
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr(named));
  }
  const auto unknown = post("/v1beta/models/nothing:predict", {{"instances", instance()}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.json()["error"]["status"], "NOT_FOUND");
}

TEST_F(GoogleTest, GeneratesContentInBothSpellings) {
  const Json say{{"contents", {{{"parts", {{{"text", "a red cube"}}}}}}},
                 {"generationConfig",
                  {{"responseModalities", {"TEXT", "IMAGE"}},
                   {"seed", 7},
                   {"imageConfig", {{"imageSize", "512"}}}}}};
  const auto got = post(kGenerate, say);
  ASSERT_EQ(got.status, 200) << got.body;
  const auto candidate = got.json()["candidates"][0];
  EXPECT_EQ(candidate["finishReason"], "STOP");
  const auto data = candidate["content"]["parts"][0]["inlineData"];
  EXPECT_EQ(data["mimeType"], "image/png");
  EXPECT_EQ(data["data"], drawn({.prompt = "a red cube", .seed = 7, .size = 32}));
  const auto events = events_of(post("/v1/models/a-b:streamGenerateContent?alt=sse", say).body);
  EXPECT_TRUE(events.empty());  // no such model
  const auto streamed =
      events_of(post("/v1/models/gemini-3:streamGenerateContent?alt=sse", say).body);
  ASSERT_EQ(streamed.size(), 1u);
  EXPECT_EQ(streamed[0].second["candidates"][0], candidate);

  const auto picture = plain(16, 200);
  const Json edit{
      {"contents",
       {{{"parts",
          {{{"text", "a red cube"}},
           {{"inline_data", {{"mime_type", "image/png"}, {"data", base64(file_of(picture))}}}}}}}}},
      {"generation_config", {{"seed", 7}}}};
  const auto edited = post(kGenerate, edit);
  ASSERT_EQ(edited.status, 200) << edited.body;
  EXPECT_EQ(edited.json()["candidates"][0]["content"]["parts"][0]["inlineData"]["data"],
            drawn({.task = Task::edit,
                   .image = Source{.image = picture, .name = "inlineData"},
                   .prompt = "a red cube",
                   .seed = 7}));
  const auto text = post(kGenerate, {{"contents", {{{"parts", {{{"text", "hi"}}}}}}},
                                     {"generationConfig", {{"responseModalities", {"TEXT"}}}}});
  EXPECT_EQ(text.status, 400);
  EXPECT_THAT(text.json()["error"]["message"].get<std::string>(), HasSubstr("IMAGE"));
}

}  // namespace
}  // namespace imagine::serve
