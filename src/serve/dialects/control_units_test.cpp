#include "serve/dialects/control_units.h"

#include <gmock/gmock.h>

#include "core/base64.h"
#include "io/image_file.h"
#include "serve/problem.h"

namespace imagine::serve {
namespace {

using testing::StartsWith;
using testing::ThrowsMessage;

Json unit(const Json& more) {
  const Image image{.width = 4, .height = 4, .rgb = std::vector<std::uint8_t>(48, 90)};
  Json json{{"image", base64(io::encode_image(image, ImageFormat::png))}};
  json.update(more);
  return json;
}

std::optional<Control> read(const Json& units) {
  return control_of({{"controlnet", {{"args", units}}}});
}

TEST(ControlUnits, AreFollowedByModuleTypeOrModelsName) {
  const auto all =
      read({unit({{"module", "canny"},
                  {"model", "control_v11p_sd15_canny [d14c016b]"},
                  {"weight", 0.5},
                  {"guidance_end", 0.7}}),
            unit({{"model", "t2iadapter_depth"}, {"weight", 0.5}, {"guidance_end", 0.7}}),
            unit({{"module", "none"},
                  {"control_type", "Scribble"},
                  {"weight", 0.5},
                  {"guidance_end", 0.7}})})
          .value();
  EXPECT_TRUE(all.edges_from && all.depth && all.sketch);
  EXPECT_FALSE(all.edges || all.silhouette);
  EXPECT_EQ(all.strength, 0.5);
  EXPECT_EQ(all.until, 0.7);
  EXPECT_TRUE(read({unit({{"model", "canny"}})})->edges);
  EXPECT_TRUE(read({unit({{"control_type", "Seg"}})})->silhouette);
}

TEST(ControlUnits, NoneIsNothing) {
  EXPECT_FALSE(control_of(Json::object()));
  EXPECT_FALSE(read(Json::array()));
  EXPECT_FALSE(read({unit({{"enabled", false}, {"module", "openpose"}})}));
  EXPECT_FALSE(read({unit({{"enabled", false}, {"image", ""}})}));
}

TEST(ControlUnits, RefusesWhatIsNotFollowed) {
  const auto expect = [](const Json& units, const std::string& member, const char* message) {
    const auto place = "alwayson_scripts.controlnet.args" + member;
    try {
      read(units);
      ADD_FAILURE() << units << " was taken";
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.field(), place);
      EXPECT_THAT(problem.what(), StartsWith(place + ": expected " + message));
    }
  };
  const auto canny = unit({{"model", "canny"}});
  const auto canny_with = [](const Json& more) {
    auto whole = unit({{"model", "canny"}});
    whole.update(more);
    return whole;
  };
  expect(Json::array({unit({{"module", "openpose"}})}), "[0].module",
         "canny or none, got \"openpose\"");
  expect(Json::array({unit({{"model", "ip-adapter"}})}), "[0].model",
         "one of canny, scribble, depth or seg, got \"ip-adapter\"");
  expect(Json::array({unit({{"control_type", "Pose"}})}), "[0].control_type",
         "one of canny, scribble, depth or seg, got \"Pose\"");
  expect({canny, canny}, "[1]", "another kind");
  expect({canny, unit({{"module", "canny"}})}, "[1]", "another kind");
  expect({canny, unit({{"model", "depth"}, {"weight", 0.1}})}, "[1].weight",
         "1 of all units, as of alwayson_scripts.controlnet.args[0], got 0.1");
  expect({canny, unit({{"model", "depth"}, {"guidance_end", 0.1}})}, "[1].guidance_end",
         "1 of all units");
  expect({unit({{"enabled", false}}), canny_with({{"weight", 3}})}, "[1].weight",
         "a number from 0 to 2, got 3");
  expect(canny_with({{"weight", -1}}), ".weight", "a number from 0 to 2, got -1");
  expect(Json::array({canny_with({{"guidance_end", 0}})}), "[0].guidance_end",
         "more than 0 and at most 1");
  expect(Json::array({canny_with({{"guidance_start", 0.5}})}), "[0].guidance_start", "0: ");
  for (const Json& none : {Json(), Json("")}) {
    expect(Json::array({canny_with({{"image", none}})}), "[0].image", "a picture, got none");
  }
  expect(Json::array({canny_with({{"image", "%"}})}), "[0].image", "a picture's file in base64");
  const Json nothing{{"model", "depth"}, {"input_image", "AAAA"}};
  EXPECT_THAT(
      [&] {
        read({canny, nothing});
      },
      ThrowsMessage<Problem>(StartsWith("alwayson_scripts.controlnet.args[1].input_image")));
  EXPECT_THAT(
      [] {
        control_of({{"Refiner", Json::object()}});
      },
      ThrowsMessage<Problem>(StartsWith("alwayson_scripts.Refiner: expected none")));
  EXPECT_THROW(control_of({{"controlnet", "x"}}), Problem);
  EXPECT_THROW(control_of("x"), Problem);
}

}  // namespace
}  // namespace imagine::serve
