#include "train/shards.h"

#include <gmock/gmock.h>
#include <utility>

#include "data/shard.h"
#include "imagine/error.h"
#include "io/image_file.h"
#include "io/temporary_folder.h"

namespace imagine::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;

Image grey(std::uint8_t value) {
  return {.width = 4, .height = 4, .rgb = std::vector<std::uint8_t>(4 * 4 * 3, value)};
}

data::Sample sample(std::uint8_t value, const std::string& domain,
                    std::vector<data::Caption> captions) {
  return {.key = "key", .domain = domain, .image = grey(value), .captions = std::move(captions)};
}

class ShardsTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::vector<data::Sample>& samples) const {
    data::write_shard(folder_ / name, samples, 7);
  }

  io::TemporaryFolder folder_;
};

TEST_F(ShardsTest, AreReadInTheOrderOfTheirNames) {
  write("train-16-scene-00000.tar", {sample(30, "scene", {{"a cube", "en"}})});
  write("train-16-emoji-00001.tar", {sample(20, "emoji", {{"a key", "en"}})});
  write("train-16-emoji-00000.tar", {sample(10, "emoji", {{"a cat", "en"}})});
  write("train-160-emoji-00000.tar", {sample(40, "other size", {{"-", "en"}})});
  write("heldout-16-emoji-00000.tar", {sample(50, "held out", {{"-", "en"}})});
  io::write_file(folder_ / "train-16-emoji.json", "{}");

  const auto set = read_shards(folder_.path(), "train-16-");
  EXPECT_THAT(set.captions, ElementsAre("a cat", "a key", "a cube"));
  EXPECT_THAT(set.rows_of_domain,
              ElementsAre(Pair("emoji", ElementsAre(0, 1)), Pair("scene", ElementsAre(2))));
  std::vector<std::uint8_t> values;
  for (const auto& row : set.rows) {
    values.push_back(io::flatten(io::decode_image(row.image, "row")).rgb[0]);
  }
  EXPECT_THAT(values, ElementsAre(10, 20, 30));
}

TEST_F(ShardsTest, HoldLabelsAndPhrasesWhereTheyAreAskedFor) {
  auto labelled = sample(1, "d", {{"a dog", "en"}});
  labelled.labels =
      data::Labels{.side = 4, .things = std::vector<std::uint8_t>(16, 1), .nearness = {}};
  labelled.facts = {{"objects", {{{"noun", "dog"}}}}};
  write("train.tar", {labelled});
  const auto set = read_shards(folder_.path(), "train", /*annotated=*/true);
  EXPECT_THAT(set.phrases, ElementsAre("dog", "a dog", "the dog"));
  EXPECT_THAT(set.rows[0].things, ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_FALSE(set.rows[0].labels.empty());
  EXPECT_TRUE(read_shards(folder_.path(), "train").rows[0].labels.empty());
  write("train.tar", {sample(1, "d", {{"a dog", "en"}})});
  EXPECT_THAT([&] { read_shards(folder_.path(), "train", true); },
              ThrowsMessage<FormatError>(HasSubstr("expected labels beside it")));
}

TEST_F(ShardsTest, HoldEachCaptionOnce) {
  write("train.tar", {sample(1, "d", {{"a dog", "en"}, {"un cane", "it"}}),
                      sample(2, "d", {{"un cane", "it"}, {"a hound", "en"}, {"a dog", "en"}})});
  const auto set = read_shards(folder_.path(), "train");
  EXPECT_THAT(set.captions, ElementsAre("a dog", "un cane", "a hound"));
  ASSERT_EQ(set.rows.size(), 2u);
  EXPECT_THAT(set.rows[0].captions, ElementsAre(0, 1));
  EXPECT_THAT(set.rows[1].captions, ElementsAre(1, 2, 0));
}

TEST_F(ShardsTest, APictureStaysAsItIsEncoded) {
  write("train.tar", {sample(9, "d", {{"x", "en"}})});
  EXPECT_EQ(read_shards(folder_.path(), "train").rows.at(0).image,
            io::encode_image(grey(9), ImageFormat::png));
}

TEST_F(ShardsTest, ThePrefixThatNoneHasIsNamed) {
  write("train-16-a.tar", {sample(1, "d", {{"x", "en"}})});
  EXPECT_THAT([&] { read_shards(folder_.path(), "train-64-"); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr(folder_.path().string()), HasSubstr("train-64-*.tar"))));
}

TEST_F(ShardsTest, ASampleWithoutCaptionsIsNamed) {
  write("train.tar", {sample(1, "d", {{"x", "en"}}), sample(2, "d", {})});
  EXPECT_THAT([&] { read_shards(folder_.path(), "train"); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr((folder_ / "train.tar").string()),
                                               HasSubstr("000000008.png: expected captions"))));
}

}  // namespace
}  // namespace imagine::train
