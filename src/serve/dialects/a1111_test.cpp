#include <future>
#include <gmock/gmock.h>
#include <thread>

#include "serve/dialects/lora_tags.h"
#include "serve/service_fixture.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class A1111Test : public ServiceTest {
 protected:
  Got txt2img(const Json& more = Json::object()) {
    Json body{{"prompt", "a red cube"}, {"seed", 7}, {"width", 16}, {"height", 16}, {"steps", 2}};
    body.update(more);
    return post("/sdapi/v1/txt2img", body);
  }
};

TEST(LoraTags, AreTakenOutOfThePrompt) {
  std::string prompt = "a <lora:cat:0.5>cat<lora:dog> and <lora:x:0.3:1> <lora:open";
  const auto loras = take_lora_tags(prompt);
  EXPECT_EQ(prompt, "a cat and  <lora:open");
  EXPECT_THAT(loras,
              testing::ElementsAre(LoraUse{"cat", 0.5}, LoraUse{"dog", 1}, LoraUse{"x", 0.3}));
  std::string many;  // takes as long as it is, not the square of it
  for (int i = 0; i < 300'000; ++i) many += "<lora:a>";
  EXPECT_EQ(take_lora_tags(many).size(), 300'000u);
  EXPECT_EQ(many, "");
}

TEST_F(A1111Test, DrawsAndSaysHow) {
  const auto got = txt2img({{"batch_size", 2}, {"negative_prompt", ""}, {"sampler_name", nullptr}});
  ASSERT_EQ(got.status, 200) << got.body;
  const auto json = got.json();
  ASSERT_EQ(json["images"].size(), 2u);
  EXPECT_EQ(json["images"][0], drawn(7));
  EXPECT_EQ(json["images"][1], drawn(8));
  const auto info = Json::parse(json["info"].get<std::string>());
  EXPECT_EQ(info["all_seeds"], Json::array({7, 8}));
  EXPECT_EQ(info["seed"], 7);
  EXPECT_EQ(info["width"], 16);
  EXPECT_THAT(info["infotexts"][1].get<std::string>(), HasSubstr("Seed: 8"));
  EXPECT_EQ(json["parameters"]["steps"], 2);
  EXPECT_EQ(txt2img({{"send_images", false}}).json()["images"].size(), 0u);
}

TEST_F(A1111Test, EditsWhereTheMaskIsWhite) {
  const auto picture = plain(16, 200);
  const auto edit = [&](const Json& more) {
    Json body{{"prompt", "a red cube"},
              {"seed", 7},
              {"steps", 2},
              {"denoising_strength", 0.9},
              {"init_images", {"data:image/png;base64," + base64(file_of(picture))}}};
    body.update(more);
    return post("/sdapi/v1/img2img", body);
  };
  Request request{.task = Task::edit,
                  .image = Source{.image = picture, .name = "init_images"},
                  .mask = Source{.image = left_half_white(16), .name = "mask"},
                  .prompt = "a red cube",
                  .seed = 7,
                  .stages = {{.steps = 2, .strength = 0.9}}};
  const auto white = edit({{"mask", base64(file_of(left_half_white(16)))}});
  ASSERT_EQ(white.status, 200) << white.body;
  EXPECT_EQ(white.json()["images"][0], drawn(request));
  auto black = left_half_white(16);
  for (auto& level : black.rgb) level = std::uint8_t(255 - level);
  const auto inverted = edit({{"mask", base64(file_of(black))}, {"inpainting_mask_invert", 1}});
  EXPECT_EQ(inverted.json()["images"][0], drawn(request));
  const auto small = edit({{"mask", base64(file_of(left_half_white(8)))}});
  EXPECT_EQ(small.json()["images"][0], drawn(request));
  request.mask.reset();
  EXPECT_EQ(edit(Json::object()).json()["images"][0], drawn(request));
  EXPECT_EQ(edit({{"init_images", Json::array()}}).status, 404);
}

TEST_F(A1111Test, RefusesAsUpstreamDoes) {
  for (const auto& [more, status] : std::vector<std::pair<Json, int>>{
           {{{"sampler_name", "no such"}}, 404},
           {{{"override_settings", {{"sd_model_checkpoint", "nothing"}}}}, 404},
           {{{"steps", "many"}}, 422},
           {{{"steps", 0}}, 422},
           {{{"batch_size", 99}}, 422},
           {{{"width", 0}}, 422},
           {{{"tiling", true}}, 422},
           {{{"script_name", "x/y/z plot"}}, 422},
           {{{"alwayson_scripts", {{"Refiner", {{"args", Json::array()}}}}}}, 422},
           {{{"styles", {"none"}}}, 422},
           {{{"seed_resize_from_w", 512}}, 422},
           {{{"n_iter", 0}}, 422},
           {{{"subseed_strength", 0.5}}, 422},
           {{{"prompt", "<lora:../../secret:1>"}}, 422}}) {
    const auto got = txt2img(more);
    EXPECT_EQ(got.status, status) << more;
    EXPECT_EQ(got.json()["error"], "HTTPException");
    EXPECT_FALSE(got.json()["detail"].get<std::string>().empty());
  }
  for (const auto* name : {"Euler a", "DPM++ 2M Karras"}) {  // the model's own instead
    EXPECT_EQ(txt2img({{"sampler_name", name}}).status, 200) << name;
  }
  EXPECT_EQ(txt2img({{"sampler_name", "Euler"}, {"scheduler", "Karras"}}).status, 200);
}

TEST_F(A1111Test, PromptsHaveSignsAndStyles) {
  Request request{.prompt = "a (red:1.5) cube",
                  .prompt_syntax = PromptSyntax::a1111,
                  .seed = 7,
                  .size = 16,
                  .stages = {{.steps = 2}}};
  EXPECT_EQ(txt2img({{"prompt", request.prompt}}).json()["images"][0], drawn(request));
  request.prompt = "a photo of a (red:1.5) cube";
  EXPECT_EQ(txt2img({{"prompt", "a (red:1.5) cube"}, {"styles", {"photo"}}}).json()["images"][0],
            drawn(request));
  EXPECT_EQ(get("/sdapi/v1/prompt-styles").json()[0]["prompt"], "a photo of {prompt}");
}

TEST_F(A1111Test, RefusesWhatIsFollowedInUpstreamsWords) {
  const auto refused = [&](const Json& more, const std::string& field, const char* message) {
    const auto got = txt2img(more);
    EXPECT_EQ(got.status, 422) << more;
    EXPECT_EQ(got.json()["errors"][0]["loc"][1], field) << got.body;
    EXPECT_THAT(got.json()["detail"].get<std::string>(), HasSubstr(message));
  };
  const auto units = [](const Image& image) {
    const Json unit{{"model", "scribble"}, {"image", base64(file_of(image))}};
    return Json{{"alwayson_scripts", {{"ControlNet", {{"args", {unit}}}}}}, {"width", 64}};
  };
  const auto half = left_half_white(64);
  refused(units(half), "alwayson_scripts", "alwayson_scripts: control: expected a model");
  options_.shelf.model = IMAGINE_SOURCE_DIR "/models/imagine-small";
  service_.reset();
  refused(units(half), "alwayson_scripts.ControlNet.args[0].image",
          "; module canny finds the lines of such a picture");
  refused({{"prompt", "a <region:0,0,2,1>b"}}, "prompt", "prompt: regions[0].box: expected");
}

TEST_F(A1111Test, ScriptsThatAreNoneAreFine) {
  EXPECT_EQ(txt2img({{"alwayson_scripts", Json::object()}, {"seed_resize_from_w", -1}}).status,
            200);
}

TEST_F(A1111Test, SaysAgainHowManyWereAsked) {
  const auto got = txt2img({{"batch_size", 2}, {"n_iter", 2}}).json();
  EXPECT_EQ(got["images"].size(), 4u);
  EXPECT_EQ(got["parameters"]["batch_size"], 2);
  EXPECT_EQ(got["parameters"]["n_iter"], 2);
}

TEST_F(A1111Test, AnotherShapeIsStretchedOrCut) {
  Image wide{.width = 32, .height = 16, .rgb = {}};
  for (int i = 0; i < 32 * 16; ++i) {
    const auto level = std::uint8_t(i % 32 < 8 || i % 32 >= 24 ? 0 : 255);  // bars at both ends
    wide.rgb.insert(wide.rgb.end(), 3, level);
  }
  const auto edited = [&](int mode) {
    const Json body{{"prompt", "a red cube"},
                    {"seed", 7},
                    {"steps", 2},
                    {"width", 16},
                    {"height", 16},
                    {"denoising_strength", 0},
                    {"resize_mode", mode},
                    {"init_images", {base64(file_of(wide))}}};
    const auto got = post("/sdapi/v1/img2img", body);
    EXPECT_EQ(got.status, 200) << got.body;
    const auto bytes = base64_bytes(got.json()["images"][0].get<std::string>());
    return decode(*bytes, "answer").image;
  };
  const auto level = [](const Image& image, int x) { return int(*image.at(x, 8)); };
  const auto stretched = edited(0), cut = edited(1);
  EXPECT_LT(level(stretched, 1), 80);
  EXPECT_GT(level(stretched, 8), 170);
  EXPECT_GT(level(cut, 1), 170) << "the bars are cut off";
  const auto filled =
      post("/sdapi/v1/img2img", {{"resize_mode", 2}, {"init_images", {base64(file_of(wide))}}});
  EXPECT_EQ(filled.status, 422);
}

TEST_F(A1111Test, WhoSkipsAPictureGetsTheNextOnes) {
  port();  // the server begins before two threads ask it
  auto drawn_all = std::async(std::launch::async, [&] {
    return txt2img({{"n_iter", 3}, {"steps", 200}, {"width", 32}, {"height", 32}});
  });
  while (get("/sdapi/v1/progress").json()["state"]["sampling_step"] == 0) {
    ASSERT_EQ(drawn_all.wait_for(1ms), std::future_status::timeout) << "over before it was skipped";
  }
  const auto skipped = post("/sdapi/v1/skip", Json::object());
  EXPECT_EQ(skipped.body, "null");
  const auto got = drawn_all.get();
  ASSERT_EQ(got.status, 200) << got.body;
  const auto seeds = Json::parse(got.json()["info"].get<std::string>())["all_seeds"];
  EXPECT_EQ(got.json()["images"].size(), seeds.size());
  EXPECT_LT(seeds.size(), 3u);
  ASSERT_GE(seeds.size(), 1u);
  EXPECT_EQ(seeds.back(), 9) << "the last of seeds 7, 8, 9 was not skipped";
}

TEST_F(A1111Test, EnlargesToAWidthOrAHeight) {
  for (const auto* side : {"hr_resize_x", "hr_resize_y"}) {
    const auto got =
        txt2img({{"width", 16}, {"height", 16}, {"enable_hr", true}, {"hr_scale", 1}, {side, 32}});
    ASSERT_EQ(got.status, 200) << got.body;
    const auto info = Json::parse(got.json()["info"].get<std::string>());
    EXPECT_EQ(info["width"], 32) << side;
  }
}

TEST_F(A1111Test, PicturesMayHaveLineEndsInTheirBase64) {
  auto picture = base64(file_of(left_half_white(16)));
  for (std::size_t at = 76; at < picture.size(); at += 77) picture.insert(at, "\n");
  const auto got = post("/sdapi/v1/img2img",
                        {{"prompt", "x"}, {"steps", 2}, {"init_images", {picture + "\r\n"}}});
  EXPECT_EQ(got.status, 200) << got.body;
}

TEST_F(A1111Test, ASeedThatIsNoneIsLeftOut) {
  const auto got =
      post("/sdapi/v1/txt2img", {{"infotext", "x\nSteps: 2, Seed: 1e30, Size: 16x16"}});
  EXPECT_EQ(got.status, 200) << got.body;
}

TEST_F(A1111Test, FillsFromAParametersText) {
  const auto got =
      post("/sdapi/v1/txt2img", {{"infotext", "a red cube\nSteps: 2, Seed: 7, Size: 16x16"}});
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["images"][0], drawn(7));
}

TEST_F(A1111Test, HasTheListsThatClientsLookUp) {
  for (const auto* name : {"samplers", "schedulers", "sd-models", "upscalers",
                           "latent-upscale-modes", "sd-vae", "loras", "prompt-styles"}) {
    const auto got = get(concat("/sdapi/v1/", name));
    EXPECT_EQ(got.status, 200) << name;
    EXPECT_TRUE(got.json().is_array()) << name;
  }
  EXPECT_EQ(get("/sdapi/v1/sd-models").json()[0]["title"], "tiny-if-3-levels");
  const auto names = get("/sdapi/v1/samplers").json();
  for (const auto& sampler : names) {
    EXPECT_EQ(txt2img({{"sampler_name", sampler["name"]}}).status, 200) << sampler;
  }
}

TEST_F(A1111Test, EachOwnerChoosesAModel) {
  options_.access.keys = {"one", "two"};
  const auto ask = [&](const char* key, Call::Verb verb, const std::string& path,
                       const Json& body = {}) {
    Call call(port(), verb, "/sdapi/v1/" + path);
    call.with("X-Api-Key", key).send(body.is_null() ? "" : body.dump());
    return call.answer();
  };
  const auto chosen = [&](const char* key) {
    return ask(key, Call::Verb::get, "options").json()["sd_model_checkpoint"];
  };
  EXPECT_EQ(ask("one", Call::Verb::post, "options", {{"sd_model_checkpoint", "tiny-if"}}).status,
            200);
  EXPECT_EQ(chosen("one"), "tiny-if");
  EXPECT_EQ(chosen("two"), "tiny-if-3-levels");
  EXPECT_EQ(ask("two", Call::Verb::post, "options", {{"sd_model_checkpoint", "none"}}).status, 404);
  const auto drew = ask("one", Call::Verb::post, "txt2img", {{"prompt", "a"}, {"steps", 2}}).json();
  EXPECT_THAT(drew["info"].get<std::string>(), HasSubstr("\"sd_model_name\":\"tiny-if\""));
}

TEST_F(A1111Test, ProgressAndInterruptAreOfOnesOwnJob) {
  options_.access.keys = {"one", "two"};
  const auto ask = [&](const char* key, Call::Verb verb, const std::string& path) {
    Call call(port(), verb, "/sdapi/v1/" + path);
    call.with("X-Api-Key", key).send();
    return call.answer();
  };
  EXPECT_EQ(ask("one", Call::Verb::get, "progress").json()["progress"], 0);
  Call call(port(), Call::Verb::post, "/sdapi/v1/txt2img");
  call.with("X-Api-Key", "one")
      .send(R"({"prompt":"a","steps":200,"width":16,"height":16,"batch_size":4})");
  Json progress = Json::object();
  for (int i = 0; i < 200 && progress.value("progress", 0.0) == 0; ++i) {
    std::this_thread::sleep_for(10ms);
    progress = ask("one", Call::Verb::get, "progress").json();
  }
  EXPECT_GT(progress["progress"], 0);
  EXPECT_LT(progress["progress"], 1);
  EXPECT_EQ(progress["state"]["job_count"], 4);
  EXPECT_EQ(progress["state"]["sampling_steps"], 200);
  EXPECT_EQ(ask("two", Call::Verb::get, "progress").json()["progress"], 0);
  ask("two", Call::Verb::post, "interrupt");
  EXPECT_EQ(ask("one", Call::Verb::get, "progress").json()["state"]["interrupted"], false);
  EXPECT_EQ(ask("one", Call::Verb::post, "interrupt").body, "{}");
  const auto got = call.answer();
  EXPECT_EQ(got.status, 200);
  EXPECT_LT(got.json()["images"].size(), 4u);
}

TEST_F(A1111Test, ReadsHowAPictureWasMade) {
  const auto file = txt2img().json()["images"][0];
  const auto got = post("/sdapi/v1/png-info", {{"image", file}}).json();
  EXPECT_THAT(got["info"].get<std::string>(), testing::StartsWith("a red cube\nSteps: 2"));
  EXPECT_EQ(got["parameters"]["Prompt"], "a red cube");
  EXPECT_EQ(got["parameters"]["Seed"], "7");
  EXPECT_EQ(got["parameters"]["Size-1"], "16");
  const auto none = post("/sdapi/v1/png-info", {{"image", base64(file_of(plain(4, 9)))}});
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(none.json()["info"], "");
  EXPECT_EQ(post("/sdapi/v1/png-info", {{"image", "AAAA"}}).status, 422);
}

}  // namespace
}  // namespace imagine::serve
