#include "core/base64.h"

#include <gtest/gtest.h>

namespace imagine {
namespace {

TEST(Base64, IsThatOfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, letters] : cases) {
    EXPECT_EQ(base64(bytes), letters);
    EXPECT_EQ(base64_bytes(letters), bytes);
  }
  EXPECT_EQ(base64("\xfb\xff\xbf"), "+/+/");
}

TEST(Base64, GivesEveryByteBack) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(base64_bytes(base64(bytes)), bytes) << i;
    bytes += char(i * i + i / 256);
  }
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
  for (const auto* letters : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zh==", "Zg==Zg==", "Zm9v\n",
                              "Zm9-", "Zm 9v", "Zm8=Zm9v", "====", "Zm9vY==="}) {
    EXPECT_EQ(base64_bytes(letters), std::nullopt) << letters;
  }
}

}  // namespace
}  // namespace imagine
