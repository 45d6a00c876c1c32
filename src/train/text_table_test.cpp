#include "train/text_table.h"

#include <gmock/gmock.h>
#include <utility>

#include <torch/utils.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"
#include "train/fake_encoder.h"

namespace imagine::train {
namespace {

using Captions = std::vector<std::string>;

/// What the table holds of one caption.
std::string held(const TextTable& table, int caption) {
  const auto bytes = table.batch({caption}).states.flatten().to(torch::kByte);
  return {reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>()),
          std::size_t(bytes.numel())};
}

class TextTableTest : public testing::Test {
 protected:
  TextTable open(const Captions& captions, const FakeEncoder& encoder) const {
    return {captions, encoder, cache_, [](int64_t, int64_t) { return true; }};
  }

  void expect_held(const TextTable& table, const Captions& captions) const {
    for (std::size_t i = 0; i < captions.size(); ++i) EXPECT_EQ(held(table, int(i)), captions[i]);
  }

  io::TemporaryFolder folder_;
  const io::fs::path cache_ = folder_ / "texts.safetensors";
};

TEST_F(TextTableTest, GivesEachCaptionItsOwnStatesWhateverTheirLengths) {
  Captions captions;
  for (int i = 0; i < 100; ++i) {
    captions.emplace_back(std::size_t(1 + i * 37 % 10), char('0' + i % 70));
  }
  expect_held(open(captions, FakeEncoder()), captions);
}

TEST_F(TextTableTest, ABatchIsPaddedToItsLongestCaption) {
  const auto text = open({"ab", "xyz", "longer"}, FakeEncoder()).batch({1, 0});
  const float states[] = {'x', 'y', 'z', 'a', 'b', 0};
  EXPECT_EQ(text.states.scalar_type(), torch::kHalf);
  EXPECT_TRUE(torch::equal(text.states.to(torch::kFloat),
                           torch::tensor(at::ArrayRef<float>(states)).view({2, 3, 1})));
  EXPECT_TRUE(torch::equal(text.mask, torch::tensor({{true, true, true}, {true, true, false}})));
}

TEST_F(TextTableTest, EncodesOnlyOnce) {
  const Captions captions{"a red cube", "una mela"};
  const FakeEncoder encoder;
  open(captions, encoder);
  expect_held(open(captions, encoder), captions);
  EXPECT_EQ(encoder.count(), 2);
}

TEST_F(TextTableTest, EncodesAgainForOtherCaptionsAnotherEncoderAndAnotherFile) {
  const FakeEncoder encoder, other("other");
  const Captions captions{"a", "bc"}, reversed{"bc", "a"};
  open(captions, encoder);
  expect_held(open(reversed, encoder), reversed);
  EXPECT_EQ(encoder.count(), 4);
  open(reversed, other);
  EXPECT_EQ(other.count(), 2);
  nn::save_tensors({{"states", torch::zeros({1, 1})}}, cache_);
  expect_held(open(reversed, other), reversed);
  EXPECT_EQ(other.count(), 4);
}

TEST_F(TextTableTest, StopsWhenToldAndLeavesNoFile) {
  std::vector<std::pair<int64_t, int64_t>> reports;
  const auto stop = [&](int64_t done, int64_t all) {
    reports.emplace_back(done, all);
    return done == 0;
  };
  const FakeEncoder encoder;
  EXPECT_THROW(TextTable(Captions(100, "x"), encoder, cache_, stop), Interrupted);
  EXPECT_EQ(encoder.count(), 64);
  EXPECT_THAT(reports, testing::ElementsAre(testing::Pair(0, 100), testing::Pair(64, 100)));
  EXPECT_THAT(folder_.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace imagine::train
