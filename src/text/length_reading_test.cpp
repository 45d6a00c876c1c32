#include "text/length_reading.h"

#include <gtest/gtest.h>

namespace imagine::text {
namespace {

/// Says how it was asked.
class Asked : public TextEncoder {
 public:
  explicit Asked(TextLength& length) : length_(length) {}

  TextEmbedding encode(const std::vector<std::string>&, const TextLength& length,
                       const StopCheck&) const override {
    length_ = length;
    return {};
  }
  PromptLength measure(const std::string&, const TextLength& length) const override {
    return {.tokens = 100, .read = *length.most};
  }
  int64_t width() const override { return 8; }
  std::string identity() const override { return "asked"; }
  void to(torch::Device) override {}

 private:
  TextLength& length_;
};

TEST(LengthReading, ReadsItsLengthWhereNobodySaysOtherwise) {
  TextLength length;
  const auto encoder = read_within(std::make_unique<Asked>(length), {.most = 24, .padded = true});
  encoder->encode({"a"});
  EXPECT_EQ(length.most, 24);
  EXPECT_TRUE(length.padded);
  EXPECT_EQ(encoder->measure("a").read, 24);
  encoder->encode({"a"}, {.most = 7});
  EXPECT_EQ(length.most, 7);
  EXPECT_FALSE(length.padded);
  EXPECT_EQ(encoder->measure("a", {.most = 7}).read, 7);
  EXPECT_EQ(encoder->width(), 8);
}

TEST(LengthReading, StatesOfOneLengthAreNotThoseOfAnother) {
  TextLength length;
  const auto identity = [&](const TextLength& read) {
    return read_within(std::make_unique<Asked>(length), read)->identity();
  };
  EXPECT_NE(identity({.most = 24}), identity({.most = 25}));
  EXPECT_NE(identity({.most = 24}), identity({.most = 24, .padded = true}));
  EXPECT_EQ(identity({.most = 24}), identity({.most = 24}));
}

}  // namespace
}  // namespace imagine::text
