#include "train/text_rows.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TextMember parsed(const io::Bytes& bytes) { return TextMember::parse(bytes, "shard: a"); }

TEST(TextMember, HoldsTheStatesOfEachCaption) {
  std::vector<Tensor> rows;
  for (int i = 0; i < 12; ++i) rows.push_back(torch::randn({1 + i % 5, 4}).to(torch::kHalf));
  const auto read = parsed(TextMember{.encoder = "fake", .rows = rows}.bytes());
  EXPECT_EQ(read.encoder, "fake");
  ASSERT_EQ(read.rows.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_TRUE(torch::equal(read.rows[i], rows[i]));
}

TEST(TextMember, RefusesWhatItDidNotWrite) {
  const auto refuses = [](const std::map<std::string, Tensor>& tensors,
                          const std::map<std::string, std::string>& metadata) {
    EXPECT_THAT([&] { parsed(nn::tensors_bytes(tensors, metadata)); },
                ThrowsMessage<FormatError>(HasSubstr("shard: a: expected")));
  };
  const auto states = torch::zeros({2, 3}, torch::kHalf);
  refuses({{"0", states}}, {});
  refuses({{"1", states}}, {{"encoder", "fake"}});
  refuses({{"0", states.to(torch::kFloat)}}, {{"encoder", "fake"}});
  refuses({{"0", states.flatten()}}, {{"encoder", "fake"}});
  refuses({{"0", torch::zeros({0, 3}, torch::kHalf)}}, {{"encoder", "fake"}});
  const auto whole = TextMember{.encoder = "fake", .rows = {states}}.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(parsed(whole.substr(0, size)), FormatError) << size;
  }
}

}  // namespace
}  // namespace imagine::train
