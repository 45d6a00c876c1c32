#include "cli/same_style.h"

#include <gmock/gmock.h>

#include "imagine/error.h"

namespace imagine::cli {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class SameStyle : public testing::Test {
 protected:
  SameStyle() : session_(Drawing{.model = IMAGINE_SOURCE_DIR "/models/imagine-small"}) {}

  /// The pictures of each request.
  std::vector<std::vector<Picture>> drawn(const std::vector<Request>& requests) {
    std::vector<std::vector<Picture>> pictures(requests.size());
    draw_in_one_style(session_, requests, {.picture = {}, .weight = 0.7},
                      [&](std::size_t request, Picture picture) {
                        pictures[request].push_back(std::move(picture));
                        return std::string("first.png");
                      });
    return pictures;
  }

  Image alone(const Request& request) {
    Image image;
    session_.draw({request}, [&](std::size_t, Picture picture) { image = picture.image; });
    return image;
  }

  DrawingSession session_;
};

TEST_F(SameStyle, AllTakeOnTheFirstOnesLook) {
  const Request fox{.prompt = "a fox", .count = 2, .seed = 5, .size = 64, .exclusive = true};
  auto ship = fox;
  ship.prompt = "a ship", ship.count = 1;
  const auto pictures = drawn({fox, ship});
  ASSERT_EQ(pictures[0].size(), 2u);
  ASSERT_EQ(pictures[1].size(), 1u);
  auto first = fox;
  first.count = 1;
  EXPECT_EQ(pictures[0][0].image.rgb, alone(first).rgb);
  EXPECT_FALSE(pictures[0][0].recipe.request.style);
  EXPECT_EQ(pictures[0][1].recipe.request.seed, 6u);
  for (const auto* picture : {&pictures[0][1], &pictures[1][0]}) {
    const auto& recipe = picture->recipe.request;
    EXPECT_EQ(recipe.style->picture.name, "first.png");
    EXPECT_EQ(recipe.style->weight, 0.7);
    auto same = recipe.prompt == "a ship" ? ship : first;
    same.seed = recipe.seed;
    same.style = Style{.picture = {.image = pictures[0][0].image, .name = ""}, .weight = 0.7};
    EXPECT_EQ(picture->image.rgb, alone(same).rgb) << recipe.prompt;
  }
}

TEST_F(SameStyle, APromptOfOnePictureMayBeTheFirst) {
  const Request fox{.prompt = "a fox", .size = 64}, ship{.prompt = "a ship", .size = 64};
  const auto pictures = drawn({fox, ship});
  ASSERT_EQ(pictures[0].size(), 1u);
  ASSERT_EQ(pictures[1].size(), 1u);
  EXPECT_EQ(pictures[1][0].recipe.request.prompt, "a ship");
  EXPECT_TRUE(pictures[1][0].recipe.request.style);
}

TEST_F(SameStyle, NothingIsDrawnWhereOthersCannotBe) {
  const Request fox{.prompt = "a fox", .size = 64};
  auto panorama = fox;
  panorama.aspect = "4:1", panorama.aspect_method = AspectMethod::windows;
  const auto fail_if_drawn = [](std::size_t, const Picture&) -> std::string {
    ADD_FAILURE() << "the first was drawn";
    return "";
  };
  EXPECT_THROW(draw_in_one_style(session_, {fox, panorama}, {}, fail_if_drawn), InputError);
  EXPECT_THROW(draw_in_one_style(session_, {fox, {.prompt = " "}}, {}, fail_if_drawn), InputError);
}

TEST_F(SameStyle, OnePictureIsNoSet) {
  EXPECT_THAT([&] { drawn({{.prompt = "a fox"}}); },
              ThrowsMessage<InputError>(HasSubstr("--same-style: expected several pictures")));
}

}  // namespace
}  // namespace imagine::cli
