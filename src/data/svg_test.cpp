#include "data/svg.h"

#include <gtest/gtest.h>

#include "imagine/error.h"

namespace imagine::data {
namespace {

TEST(Svg, DrawsAtTheAskedSizeWithStraightAlpha) {
  const auto image = draw_svg(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'>"
      "<rect width='10' height='10' fill='#ff8000' fill-opacity='0.5'/></svg>",
      100, "test");
  ASSERT_EQ(image.width, 100);
  ASSERT_EQ(image.height, 50);
  const auto* left = &image.rgba[(25 * 100 + 20) * 4];
  EXPECT_NEAR(left[0], 255, 2);
  EXPECT_NEAR(left[1], 128, 2);
  EXPECT_NEAR(left[3], 128, 2);
  EXPECT_EQ(image.rgba[(25 * 100 + 80) * 4 + 3], 0);
}

TEST(Svg, RefusesWhatIsNoDrawing) {
  EXPECT_THROW(draw_svg("no drawing", 10, "test"), FormatError);
  EXPECT_THROW(draw_svg("", 10, "test"), FormatError);
}

}  // namespace
}  // namespace imagine::data
