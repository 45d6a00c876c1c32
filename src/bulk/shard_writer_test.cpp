#include "bulk/shard_writer.h"

#include <gmock/gmock.h>

#include "core/check.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"

namespace imagine::bulk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Picture picture_of(const std::string& prompt, std::uint8_t grey = 100) {
  Picture picture{.image = {8, 8, std::vector<std::uint8_t>(8 * 8 * 3, grey)}, .recipe = {}};
  picture.recipe.request.prompt = prompt;
  picture.recipe.request.seed = 7;
  picture.recipe.width = picture.recipe.height = 8;
  return picture;
}

struct Members {
  std::vector<std::string> names;
  std::vector<io::Bytes> bytes;
};

Members members_of(const io::fs::path& shard) {
  Members members;
  io::read_archive(shard, [&](const std::string& name, io::Bytes bytes) {
    members.names.push_back(name);
    members.bytes.push_back(std::move(bytes));
  });
  return members;
}

TEST(ShardWriter, KeepsPictureThenPromptThenRecipe) {
  const io::TemporaryFolder folder;
  const auto path = folder / "a.tar";
  const std::string prompt = "\"quoted\"\tand \xc3\xa8 \\ {}";
  ShardWriter writer(path, ImageFormat::png, 41);
  writer.add(41, picture_of(prompt));
  writer.finish();
  const auto [names, bytes] = members_of(path);
  EXPECT_THAT(names, ElementsAre("000000041.png", "000000041.txt", "000000041.json"));
  EXPECT_EQ(io::decode_image(bytes[0], "it").width, 8);
  EXPECT_EQ(bytes[1], prompt);
  const auto recipe = io::parse_json(bytes[2], "it");
  EXPECT_EQ(recipe["prompt"], prompt);
  EXPECT_EQ(recipe["seed"], 7);
}

TEST(ShardWriter, WritesTheSameBytesInWhateverOrderPicturesCome) {
  const io::TemporaryFolder folder;
  const std::vector<std::vector<int>> orders = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}};
  for (const auto& order : orders) {
    ShardWriter writer(folder / "b.tar", ImageFormat::png, 0);
    for (const int i : order) writer.add(i, picture_of(concat("p", i), std::uint8_t(i)));
    writer.finish();
    const auto written = io::read_file(folder / "b.tar");
    if (&order == &orders.front()) io::write_file(folder / "a.tar", written);
    EXPECT_EQ(written, io::read_file(folder / "a.tar"));
  }
}

TEST(ShardWriter, NamesThePicturesByTheirFormat) {
  const io::TemporaryFolder folder;
  for (const auto& [format, ending] :
       {std::pair{ImageFormat::jpeg, ".jpg"}, {ImageFormat::webp, ".webp"}}) {
    ShardWriter writer(folder / "a.tar", format, 1'000'000'000);
    writer.add(1'000'000'000, picture_of("x"));
    writer.finish();
    EXPECT_EQ(members_of(folder / "a.tar").names.front(), concat("1000000000", ending));
  }
}

TEST(ShardWriter, LeavesNothingUnlessItIsFinished) {
  const io::TemporaryFolder folder;
  {
    ShardWriter writer(folder / "a.tar", ImageFormat::png, 0);
    writer.add(0, picture_of("x"));
    EXPECT_FALSE(io::fs::exists(folder / "a.tar"));
  }
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace imagine::bulk
