#include "train/checkpoint.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

class CheckpointTest : public testing::Test {
 protected:
  io::fs::path write(int64_t update) const {
    return write_checkpoint(folder_.path(),
                            {.update = update,
                             .views = 345,
                             .seconds = 6.5,
                             .tensors = {{"master", torch::arange(5, torch::kFloat) + update},
                                         {"steps", torch::tensor({7}, torch::kLong)}}},
                            "this run");
  }

  /// A checkpoint of these metadata cannot be read, and the message names it and `message`.
  void expect_damaged(const std::map<std::string, std::string>& metadata,
                      const std::string& message) const {
    const auto path = folder_ / "damaged.safetensors";
    nn::save_tensors({{"master", torch::zeros({1})}}, path, metadata);
    EXPECT_THAT([&] { read_checkpoint(path, "this run"); },
                ThrowsMessage<FormatError>(AllOf(HasSubstr(path.string()), HasSubstr(message))));
  }

  io::TemporaryFolder folder_;
};

TEST_F(CheckpointTest, ReturnsWhatWasWrittenAndNeedsTheFileNoLonger) {
  const auto path = write(12);
  const auto read = read_checkpoint(path, "this run");
  io::fs::remove(path);
  EXPECT_EQ(read.update, 12);
  EXPECT_EQ(read.views, 345);
  EXPECT_DOUBLE_EQ(read.seconds, 6.5);
  ASSERT_EQ(read.tensors.size(), 2u);
  EXPECT_TRUE(torch::equal(read.tensors.at("master"), torch::arange(5, torch::kFloat) + 12));
  EXPECT_TRUE(torch::equal(read.tensors.at("steps"), torch::tensor({7}, torch::kLong)));
}

TEST_F(CheckpointTest, OnlyTheTwoNewestStay) {
  io::write_file(folder_ / "notes.txt", "kept");
  for (const int64_t update : {9, 80, 700}) {
    const auto path = write(update);
    EXPECT_EQ(newest_checkpoint(folder_.path()), path);
  }
  EXPECT_THAT(folder_.names(), UnorderedElementsAre("notes.txt", "update-000000080.safetensors",
                                                    "update-000000700.safetensors"));
}

TEST_F(CheckpointTest, AFolderThatIsEmptyOrMissingHasNone) {
  EXPECT_FALSE(newest_checkpoint(folder_.path()));
  EXPECT_FALSE(newest_checkpoint(folder_ / "nowhere"));
}

TEST_F(CheckpointTest, AnotherRunsIsRefused) {
  const auto path = write(1);
  EXPECT_THAT([&] { read_checkpoint(path, "another run"); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr(path.string()), HasSubstr("\"out\""))));
}

TEST_F(CheckpointTest, ADamagedFileIsNamed) {
  const auto path = write(1);
  io::fs::resize_file(path, io::fs::file_size(path) - 1);
  EXPECT_THAT([&] { read_checkpoint(path, "this run"); },
              ThrowsMessage<FormatError>(HasSubstr(path.string())));
  expect_damaged({}, "expected \"identity\" in the metadata");
  expect_damaged({{"identity", "this run"}, {"update", "1"}, {"seconds", "0"}}, "\"views\"");
  expect_damaged({{"identity", "this run"}, {"update", "1"}, {"views", "many"}, {"seconds", "0"}},
                 "expected numbers");
}

}  // namespace
}  // namespace imagine::train
