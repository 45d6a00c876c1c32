#include "bench/data.h"

#include <gmock/gmock.h>

#include "core/check.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "io/tar.h"
#include "io/temporary_folder.h"
#include "train/config.h"

namespace imagine::bench {
namespace {

TEST(ReadData, ReadsAsManyPicturesAsWereAskedFor) {
  const io::TemporaryFolder folder;
  const Image image{.width = 16, .height = 16, .rgb = std::vector<std::uint8_t>(16 * 16 * 3, 90)};
  io::TarWriter tar(folder.path() / "some.tar");
  for (int i = 0; i < 5; ++i) {
    tar.add(concat(i, ".png"), io::encode_image(image, ImageFormat::png));
    tar.add(concat(i, ".txt"), "gray");
  }
  tar.finish();
  train::TrainConfig config;
  config.stream.shards = {(folder.path() / "some.tar").string()};
  config.shard_size = 16;
  config.phases = {{.views = 4, .resolution = 16, .batch = 4}};
  config.text_encoder = IMAGINE_SOURCE_DIR "/models/imagine-small/text_encoder";
  io::write_json(folder.path() / "run.json", to_json(config));
  for (const bool pictures_only : {false, true}) {
    std::vector<std::int64_t> views;
    read_data({.config = (folder.path() / "run.json").string(),
               .views = 20,
               .every = 8,
               .pictures_only = pictures_only},
              [&](const DataSpeed& speed) {
                views.push_back(speed.views);
                EXPECT_GT(speed.images_per_second, 0);
                EXPECT_GT(speed.rss_mb, 0);
              });
    EXPECT_THAT(views, testing::ElementsAre(8, 16, 20));
  }
}

}  // namespace
}  // namespace imagine::bench
