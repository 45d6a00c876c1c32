#include "data/shard.h"

#include <gtest/gtest.h>

#include "imagine/error.h"
#include "io/tar.h"
#include "io/temporary_folder.h"

namespace imagine::data {
namespace {

Sample grey(const std::string& key, int side) {
  return {.key = key,
          .domain = "photo",
          .image = {side, side, std::vector<std::uint8_t>(std::size_t(side) * side * 3, 90)},
          .captions = {{"a grey square", "en"}, {"un quadrato grigio", "it"}},
          .facts = {{"style", "photo"}}};
}

TEST(Shard, GivesBackWhatWasWritten) {
  const io::TemporaryFolder folder;
  write_shard(folder / "a.tar", {grey("one", 8), grey("two", 80)}, 7);
  std::vector<Sample> samples;
  read_shard(folder / "a.tar", [&](Sample sample) { samples.push_back(std::move(sample)); });
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].image.rgb, grey("one", 8).image.rgb);
  EXPECT_EQ(samples[1].key, "two");
  EXPECT_EQ(samples[1].captions[1].text, "un quadrato grigio");
  EXPECT_EQ(samples[1].facts["style"], "photo");
}

TEST(Shard, LabelsStandBesideTheirPicture) {
  const io::TemporaryFolder folder;
  auto flat = grey("one", 2), deep = grey("two", 2);
  flat.labels = Labels{.side = 2, .things = {0, 1, 2, 0}, .nearness = {}};
  deep.labels = Labels{.side = 2, .things = {0, 1, 2, 3}, .nearness = {0, 80, 255, 7}};
  write_shard(folder / "a.tar", {flat, grey("none", 2), deep}, 0);
  std::vector<Sample> samples;
  read_shard(folder / "a.tar", [&](Sample sample) { samples.push_back(std::move(sample)); });
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].labels->things, flat.labels->things);
  EXPECT_TRUE(samples[0].labels->nearness.empty());
  EXPECT_FALSE(samples[1].labels);
  EXPECT_EQ(samples[2].labels->nearness, deep.labels->nearness);
  EXPECT_EQ(samples[2].labels->side, 2);
}

TEST(Shard, SmallPicturesArePngAndLargeOnesJpeg) {
  const io::TemporaryFolder folder;
  write_shard(folder / "a.tar", {grey("one", 64), grey("two", 65)}, 7);
  std::vector<std::string> names;
  io::read_archive(folder / "a.tar", [&](const std::string& name, auto) { names.push_back(name); });
  EXPECT_EQ(names, (std::vector<std::string>{"000000007.png", "000000007.json", "000000008.jpg",
                                             "000000008.json"}));
}

TEST(Shard, RefusesWhatIsNoSample) {
  const io::TemporaryFolder folder;
  const auto refused = [&](const std::string& json) {
    io::TarWriter tar(folder / "bad.tar");
    tar.add("000000000.json", json);
    tar.finish();
    EXPECT_THROW(read_encoded_shard(folder / "bad.tar", [](const EncodedSample&) {}), FormatError)
        << json;
  };
  refused("{}");
  refused("no JSON");
  refused(R"({"key":"a","domain":"b","held_out":false,"captions":[],"facts":{}})");  // no picture
}

}  // namespace
}  // namespace imagine::data
