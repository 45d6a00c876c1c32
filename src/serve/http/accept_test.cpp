#include "serve/http/accept.h"

#include <gtest/gtest.h>

namespace imagine::serve {
namespace {

TEST(Accept, TheDearestPictureIsTaken) {
  EXPECT_EQ(accepted_format("image/jpeg"), ImageFormat::jpeg);
  EXPECT_EQ(accepted_format("IMAGE/WebP"), ImageFormat::webp);
  EXPECT_EQ(accepted_format("image/jpeg;q=0.9"), ImageFormat::jpeg);
  EXPECT_EQ(accepted_format("image/jpeg, image/png"), ImageFormat::jpeg);
  EXPECT_EQ(accepted_format("image/jpeg;q=0.5, image/png"), ImageFormat::png);
  EXPECT_EQ(accepted_format("image/webp,image/*;q=0.8"), ImageFormat::webp);
  EXPECT_EQ(accepted_format("image/*"), ImageFormat::png);
  EXPECT_EQ(accepted_format("image/*, image/webp;q=0.1"), ImageFormat::webp);
}

TEST(Accept, WhoPrefersOtherThingsGetsThem) {
  for (const char* accept : {"", "*/*", "application/json", "application/json, image/png;q=0.5",
                             "text/html,image/png;q=0.8,*/*;q=0.5", "image/tiff", "image/png;q=0",
                             "image/png;q=x", ",;,"}) {
    EXPECT_EQ(accepted_format(accept), std::nullopt) << accept;
  }
}

}  // namespace
}  // namespace imagine::serve
