#include "serve/dialects/control_units.h"

#include <gmock/gmock.h>

#include "core/base64.h"
#include "io/image_file.h"
#include "serve/problem.h"

namespace imagine::serve {
namespace {

using testing::HasSubstr;
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
}

TEST(ControlUnits, RefusesWhatIsNotFollowed) {
  const auto expect = [](const Json& units, const char* message) {
    EXPECT_THAT([&] { read(units); }, ThrowsMessage<Problem>(HasSubstr(message)));
  };
  expect({unit({{"module", "openpose"}})}, "module canny or none, got openpose");
  expect({unit({{"model", "ip-adapter"}})}, "got model \"ip-adapter\"");
  expect({unit({{"model", "canny"}}), unit({{"model", "canny"}})}, "one unit of each kind");
  expect({unit({{"model", "canny"}}), unit({{"model", "depth"}, {"weight", 0.1}})}, "one weight");
  expect({unit({{"model", "canny"}, {"guidance_start", 0.5}})}, "guidance_start 0");
  expect({Json{{"model", "canny"}}}, "a picture in each unit");
  EXPECT_THROW(control_of({{"Refiner", Json::object()}}), Problem);
  EXPECT_THROW(control_of({{"controlnet", "x"}}), Problem);
  EXPECT_THROW(control_of("x"), Problem);
}

}  // namespace
}  // namespace imagine::serve
