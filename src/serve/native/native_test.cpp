#include <gmock/gmock.h>
#include <thread>

#include "serve/service_fixture.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kJobs = "/imagine/v1/jobs";

class NativeTest : public ServiceTest {
 protected:
  static Json job(const Json& more = Json::object()) {
    Json body{{"prompt", "a red cube"}, {"seed", 7}, {"size", 16}, {"stages", {{{"steps", 2}}}}};
    body.update(more);
    return body;
  }
  static Json slow() { return job({{"stages", {{{"steps", 200}}}}, {"count", 8}}); }

  Json ended(const Json& begun) {
    Json now = begun;
    for (int i = 0; i < 1000; ++i) {
      const auto status = now["status"].get<std::string>();
      if (status == "succeeded" || status == "canceled" || status == "failed") return now;
      std::this_thread::sleep_for(20ms);
      now = get(begun["urls"]["self"]).json();
    }
    return now;
  }
};

TEST_F(NativeTest, AJobEndsWithItsPictures) {
  const auto got = post(kJobs, job({{"count", 2}, {"format", "webp"}}));
  ASSERT_EQ(got.status, 202) << got.body;
  EXPECT_EQ(got.header("Location"), got.json()["urls"]["self"].get<std::string>());
  const auto now = ended(got.json());
  EXPECT_EQ(now["status"], "succeeded");
  EXPECT_EQ(now["progress"]["value"], 1);
  EXPECT_EQ(now["request"]["prompt"], "a red cube");
  EXPECT_GT(now["expires_at"], now["created_at"]);
  ASSERT_EQ(now["outputs"].size(), 2u);
  EXPECT_EQ(now["outputs"][1]["seed"], 8);
  EXPECT_EQ(now["outputs"][1]["recipe"]["seed"], 8);
  const auto file = get(now["outputs"][1]["url"]);
  EXPECT_EQ(file.header("Content-Type"), "image/webp");
  EXPECT_EQ(base64(file.body), drawn(8, ImageFormat::webp));
  EXPECT_EQ(get(now["urls"]["self"].get<std::string>() + "/outputs/2").status, 404);
  EXPECT_EQ(get(now["urls"]["self"].get<std::string>() + "/outputs/-1").status, 404);
  EXPECT_EQ(get(kJobs).json()["jobs"].size(), 1u);
}

TEST_F(NativeTest, WarnsOfAPromptThatIsCut) {
  EXPECT_EQ(ended(post(kJobs, job()).json())["warnings"], Json::array());
  std::string words;
  for (int i = 0; i < 200; ++i) words += "cube ";
  const auto warnings = ended(post(kJobs, job({{"prompt", words}})).json())["warnings"];
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0]["code"], "prompt_cut");
  EXPECT_EQ(warnings[0]["read"], 77);
  EXPECT_GT(warnings[0]["tokens"], 200);
}

TEST_F(NativeTest, TellsNothingOfTheMachinesFolders) {
  const auto now = ended(post(kJobs, job()).json());
  EXPECT_THAT(now.dump(), testing::Not(HasSubstr("/data")));
  EXPECT_THAT(get(now["outputs"][0]["url"]).body, testing::Not(HasSubstr(IMAGINE_SOURCE_DIR)));
}

TEST_F(NativeTest, TheSameKeyIsTheSameJob) {
  const auto first = post(kJobs, job(), "key-1"), again = post(kJobs, job(), "key-1");
  EXPECT_EQ(first.json()["id"], again.json()["id"]);
  EXPECT_NE(post(kJobs, job(), "key-2").json()["id"], first.json()["id"]);
  const auto other = post(kJobs, job({{"seed", 8}}), "key-1");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.json()["error"]["code"], "conflict");
}

TEST_F(NativeTest, EventsAreWholeSnapshots) {
  const auto begun = post(kJobs, job({{"count", 2}, {"stages", {{{"steps", 40}}}}})).json();
  const auto events = events_of(get(begun["urls"]["events"]).body);
  ASSERT_FALSE(events.empty());
  std::vector<std::string> names;
  for (const auto& [name, data] : events) {
    names.push_back(name);
    if (name == "status" || name == "progress") {
      EXPECT_EQ(data["id"], begun["id"]);
    }
    if (name == "preview") {
      EXPECT_THAT(data["image"].get<std::string>(), testing::StartsWith("data:image/jpeg;base64,"));
      EXPECT_EQ(data["width"], 16);
    }
  }
  EXPECT_EQ(std::ranges::count(names, "output"), 2);
  EXPECT_THAT(names, Contains("preview"));
  EXPECT_EQ(events.back().first, "status");
  EXPECT_EQ(events.back().second["status"], "succeeded");
  const auto later = events_of(get(begun["urls"]["events"]).body);  // of one that is over
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later.front().second["outputs"].size(), 2u);
}

TEST_F(NativeTest, CancelsOnceAndAgain) {
  const auto begun = post(kJobs, slow()).json();
  const auto cancel = begun["urls"]["cancel"].get<std::string>();
  EXPECT_EQ(post(cancel, Json::object()).status, 200);
  EXPECT_EQ(post(cancel, Json::object()).status, 200);
  const auto now = ended(begun);
  EXPECT_EQ(now["status"], "canceled");
  EXPECT_LT(now["outputs"].size(), 8u);
  EXPECT_EQ(post(cancel, Json::object()).json()["status"], "canceled");
}

TEST_F(NativeTest, AJobGoesOnWhenWhoAskedHasLeft) {
  const auto begun = post(kJobs, job({{"stages", {{{"steps", 60}}}}})).json();
  Call watches(port(), Call::Verb::get, begun["urls"]["events"]);
  watches.send();
  std::this_thread::sleep_for(50ms);
  watches.leave();
  EXPECT_EQ(ended(begun)["status"], "succeeded");
}

TEST_F(NativeTest, ResultsExpire) {
  options_.board.kept = 1;
  const auto first = ended(post(kJobs, job()).json());
  ended(post(kJobs, job()).json());
  const auto gone = get(first["urls"]["self"]);
  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ(gone.json()["error"]["code"], "expired");
  const auto unknown = get("/imagine/v1/jobs/job_0");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.json()["error"]["code"], "not_found");
}

TEST_F(NativeTest, EditsWithAMask) {
  const auto picture = plain(16, 200);
  const auto now = ended(post(kJobs, job({{"task", "edit"},
                                          {"size", 0},
                                          {"image", base64(file_of(picture))},
                                          {"mask", base64(file_of(left_half_white(16)))}}))
                             .json());
  ASSERT_EQ(now["status"], "succeeded") << now;
  EXPECT_EQ(base64(get(now["outputs"][0]["url"]).body),
            drawn({.task = Task::edit,
                   .image = Source{.image = picture, .name = "image"},
                   .mask = Source{.image = left_half_white(16), .name = "mask"},
                   .prompt = "a red cube",
                   .seed = 7,
                   .stages = {{.steps = 2}}}));
}

TEST_F(NativeTest, APictureThatWasSentIsNoFile) {
  const auto begun = post(kJobs, job({{"task", "edit"},
                                      {"size", 0},
                                      {"image", base64(file_of(plain(16, 200)))},
                                      {"mask", base64(file_of(left_half_white(16)))}}))
                         .json();
  EXPECT_EQ(begun["request"]["image"], "sent to the server");
  const auto output = ended(begun)["outputs"][0];
  EXPECT_EQ(output["recipe"]["mask"], "sent to the server");
  const auto origin = origin_of(get(output["url"]).body, "answer");
  EXPECT_THAT(origin.text, HasSubstr("# IMAGE.png, MASK.png: sent to the server"));
  EXPECT_THAT(origin.text, HasSubstr(" --mask='MASK.png' "));
  EXPECT_THAT(origin.text, testing::EndsWith("-- 'IMAGE.png' 'a red cube'"));
}

TEST_F(NativeTest, AFilesNameIsToldAsItIs) {
  Recipe recipe{.request = {.task = Task::upscale, .image = Source{.image = {}, .name = "a.png"}}};
  const auto file = encode({.image = plain(8, 9), .recipe = recipe}, ImageFormat::png).bytes;
  EXPECT_EQ(post("/imagine/v1/recipe", file).json()["recipe"]["image"], "a.png");
}

/// With the embedded model, which has an adapter.
class ControlledJobs : public NativeTest {
 protected:
  ControlledJobs() { options_.shelf = {.model = IMAGINE_SOURCE_DIR "/models/imagine-small"}; }
  static Json job(const Json& more) {
    Json body{{"prompt", "x"}, {"seed", 7}, {"size", 64}, {"stages", {{{"steps", 2}}}}};
    body.update(more);
    return body;
  }
  std::string outcome(const Json& more) {
    const auto now = ended(post(kJobs, job(more)).json());
    EXPECT_EQ(now["status"], "succeeded") << now;
    return base64(get(now["outputs"][0]["url"]).body);
  }
  Request asked() const { return {.prompt = "x", .seed = 7, .size = 64, .stages = {{.steps = 2}}}; }
};

TEST_F(ControlledJobs, FollowWhatTheyAreTold) {
  const auto square = left_half_white(16);
  const Json control = {{"layout", {{{"box", {0, 0, 0.5, 0.5}}, {"phrase", "a cube"}}}},
                        {"silhouette", base64(file_of(square))},
                        {"palette_from", base64(file_of(square))},
                        {"strength", 0.5}};
  auto request = asked();
  request.control = Control{
      .layout = {{.box = {.x = 0, .y = 0, .width = 0.5, .height = 0.5}, .phrase = "a cube"}},
      .silhouette = Source{.image = square, .name = "control.silhouette"},
      .palette_from = Source{.image = square, .name = "control.palette_from"},
      .strength = 0.5};
  EXPECT_EQ(outcome({{"control", control}}), drawn(request));
}

TEST_F(ControlledJobs, NothingStandsWhereASilhouetteIsTransparent) {
  const auto square = left_half_white(16);
  Picture cutout{.image = plain(16, 255), .recipe = {}, .alpha = {}};
  for (std::size_t i = 0; i < square.rgb.size(); i += 3) cutout.alpha.push_back(square.rgb[i]);
  const auto file = encode(cutout, ImageFormat::png).bytes;
  EXPECT_EQ(outcome({{"control", {{"silhouette", base64(file)}}}}),
            outcome({{"control", {{"silhouette", base64(file_of(square))}}}}));
}

TEST_F(ControlledJobs, PicturesAreDrawnOnAround) {
  const auto begun = post(kJobs, job({{"task", "edit"},
                                      {"image", base64(file_of(plain(64, 200)))},
                                      {"extend", {{"right", 0.5}}}}))
                         .json();
  const auto now = ended(begun);
  ASSERT_EQ(now["status"], "succeeded") << now;
  const auto& recipe = now["outputs"][0]["recipe"];
  EXPECT_EQ(recipe["width"], 72);
  EXPECT_EQ(recipe["height"], 48);
  EXPECT_EQ(recipe["extend"]["right"], 0.5);
}

TEST_F(ControlledJobs, TakeOnALookOrTheWordsOfOne) {
  const auto square = left_half_white(32);
  auto request = asked();
  request.style = Style{.picture = {.image = square, .name = "style.picture"}, .weight = 0.5};
  EXPECT_EQ(outcome({{"style", {{"picture", base64(file_of(square))}, {"weight", 0.5}}}}),
            drawn(request));
  auto named = asked();
  named.prompt = "a photo of x";
  EXPECT_EQ(outcome({{"style", "photo"}}), drawn(named));
}

TEST_F(ControlledJobs, RefuseByField) {
  for (const auto& [more, field] : std::vector<std::pair<Json, std::string>>{
           {{{"control", 3}}, "control"},
           {{{"control", {{"sketch", "%%%"}}}}, "control.sketch"},
           {{{"control", {{"sketch", base64(file_of(plain(16, 255)))}}}}, "control.sketch"},
           {{{"control", {{"layout", {{{"box", {0, 0, 2, 1}}, {"phrase", "x"}}}}}}},
            "control.layout[0].box"},
           {{{"control", {{"palette", {{{"colour", "red"}}}}}}}, "control.palette[0].colour"},
           {{{"style", "none"}}, "style"},
           {{{"style", {{"weight", 1}}}}, "style"},
           {{{"style", {{"picture", base64(file_of(plain(16, 9)))}, {"weight", 3}}}},
            "style.weight"},
           {{{"mask_use", "grey"}}, "mask_use"}}) {
    const auto got = post(kJobs, job(more));
    EXPECT_EQ(got.status, 400) << got.body;
    EXPECT_EQ(got.json()["error"]["field"], field) << got.body;
  }
}

TEST_F(ControlledJobs, RefuseUnknownKeysByWhereTheyStand) {
  const auto box = Json{0, 0, 0.5, 0.5};
  const auto picture = base64(file_of(plain(16, 9)));
  for (const auto& [more, field] : std::vector<std::pair<Json, std::string>>{
           {{{"colour", "red"}}, "colour"},
           {{{"a: expected b", 1}}, "a: expected b"},
           {{{"control", {{"skech", picture}}}}, "control.skech"},
           {{{"control", {{"layout", {{{"box", box}, {"phrase", "x"}, {"name", 1}}}}}}},
            "control.layout[0].name"},
           {{{"style", {{"picture", picture}, {"strength", 1}}}}, "style.strength"},
           {{{"regions", {{{"box", box}, {"prompt", "x"}, {"weight", 1}}}}}, "regions[0].weight"},
           {{{"wording", {{{"from", 0}, {"clauses", {{{"part", 1}}}}}}}},
            "wording[0].clauses[0].part"},
           {{{"stages", {{{"steps", 2}}, {{"step", 2}}}}}, "stages[1].step"},
           {{{"loras", {{{"name", "x"}}}}}, "loras[0].name"}}) {
    const auto got = post(kJobs, job(more));
    EXPECT_EQ(got.status, 400) << got.body;
    EXPECT_EQ(got.json()["error"]["field"], field) << got.body;
    EXPECT_THAT(got.json()["error"]["message"].get<std::string>(), HasSubstr("unknown key \""));
  }
}

TEST_F(ControlledJobs, EnlargementsFollowNothing) {
  const auto picture = base64(file_of(left_half_white(16)));
  for (const auto& [name, value] : std::vector<std::pair<std::string, Json>>{
           {"style", "photo"},
           {"style", {{"picture", picture}}},
           {"control", {{"sketch", picture}}},
           {"control", {{"palette", {{{"colour", "#ff0000"}}}}}},
           {"control", {{"strength", 0.5}}},
           {"mask", picture},
           {"mask_use", "strength"},
           {"regions", {{{"box", {0, 0, 1, 0.5}}, {"prompt", "x"}}}},
           {"region_method", "attention"},
           {"aspect", "2:1"},
           {"aspect_method", "windows"}}) {
    const auto got = post(kJobs, {{"task", "upscale"}, {"image", picture}, {name, value}});
    EXPECT_EQ(got.status, 400) << name << value;
    EXPECT_EQ(got.json()["error"]["field"], name) << got.body;
    EXPECT_THAT(got.json()["error"]["message"].get<std::string>(),
                testing::StartsWith(name + ": expected none"));
  }
}

TEST_F(ControlledJobs, CapabilitiesSaySo) {
  const auto json = get("/imagine/v1/capabilities").json();
  const auto& model = json["models"][0];
  EXPECT_TRUE(model["control"].get<bool>());
  EXPECT_TRUE(model["style"].get<bool>());
  EXPECT_TRUE(model["weighs_words"].get<bool>());
  EXPECT_EQ(json["styles"][0]["name"], "photo");
}

TEST_F(NativeTest, RefusesByField) {
  for (const auto& [more, field] : std::vector<std::pair<Json, std::string>>{
           {{{"count", 11}}, "count"},
           {{{"count", "two"}}, "count"},
           {{{"size", 17}}, "size"},
           {{{"aspect", "wide"}}, "aspect"},
           {{{"stages", {{{"steps", 9999}}}}}, "stages.steps"},
           {{{"stages", {{{"sampler", "none"}}}}}, "stages[0].sampler"},
           {{{"format", "gif"}}, "format"},
           {{{"model", "none"}}, "model"},
           {{{"image", "%%%"}}, "image"},
           {{{"loras", {{{"file", "/etc/passwd"}}}}}, "loras"},
           {{{"task", "edit"}}, "image"},
           {{{"image", base64(file_of(left_half_white(16)))}}, "task"},
           {{{"prompt", std::string(32'001, 'a')}}, "prompt"}}) {
    const auto got = post(kJobs, job(more));
    EXPECT_EQ(got.status, field == "model" ? 404 : 400) << got.body;
    EXPECT_EQ(got.json()["error"]["field"], field) << got.body;
  }
  EXPECT_THAT(post(kJobs, job({{"colour", "red"}})).body, HasSubstr("colour"));
}

TEST_F(NativeTest, SaysWhatCanBeAskedFor) {
  options_.limits.count = 3;
  const auto json = get("/imagine/v1/capabilities").json();
  EXPECT_EQ(json["usual_model"], "tiny-if-3-levels");
  EXPECT_EQ(json["limits"]["count"], 3);
  EXPECT_EQ(json["request"]["properties"]["count"]["maximum"], 3);
  const auto& model = json["models"][0];
  EXPECT_EQ(model["default_size"], model["sizes"].back());
  EXPECT_FALSE(model["stages"][0]["samplers"].empty());
  EXPECT_EQ(model["stages"][0]["defaults"][0]["task"], "generate");
  bool has_broken = false;  // tests/data holds folders that are no models
  for (const auto& other : json["models"]) has_broken = has_broken || other.contains("error");
  EXPECT_TRUE(has_broken);
  EXPECT_THAT(json.dump(), Not(HasSubstr(IMAGINE_SOURCE_DIR)));
}

TEST_F(NativeTest, ReadsARecipe) {
  const auto now = ended(post(kJobs, job()).json());
  const auto file = get(now["outputs"][0]["url"]).body;
  const auto got = post("/imagine/v1/recipe", file);
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["recipe"], now["outputs"][0]["recipe"]);
  EXPECT_EQ(got.json()["fields"]["seed"], 7);
  EXPECT_EQ(post("/imagine/v1/recipe", file_of(plain(4, 9))).status, 404);
  EXPECT_EQ(post("/imagine/v1/recipe", "no picture").status, 400);
}

}  // namespace
}  // namespace imagine::serve
