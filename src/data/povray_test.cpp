#include "data/povray.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <unistd.h>

#include "imagine/error.h"
#include "io/file.h"

namespace imagine::data {
namespace {

namespace fs = std::filesystem;

bool always() { return true; }

class PovrayTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "povray_test_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    options_.folder = name;
    options_.size = 32;
    Random random(11, "povray_test");
    scenes_ = {random_scene(random), random_scene(random)};
  }
  void TearDown() override { fs::remove_all(options_.folder); }

  std::map<std::size_t, Image> render() {
    std::map<std::size_t, Image> pictures;
    render_scenes(
        scenes_, options_,
        [&](std::size_t scene, Image picture) { pictures[scene] = std::move(picture); }, always);
    return pictures;
  }

  RenderOptions options_;
  std::vector<Scene> scenes_;
};

bool povray_is_missing() { return std::system("command -v povray >/dev/null 2>&1") != 0; }

#define SKIP_WITHOUT_POVRAY() \
  if (povray_is_missing()) GTEST_SKIP() << "povray is not installed"

TEST_F(PovrayTest, RendersTheSamePixelsAgain) {
  SKIP_WITHOUT_POVRAY();
  const auto first = render();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first.at(0).width, 32);
  EXPECT_NE(first.at(0).rgb, first.at(1).rgb);
  fs::remove_all(options_.folder);
  options_.processes = 1;
  const auto second = render();
  EXPECT_EQ(first.at(0).rgb, second.at(0).rgb);
  EXPECT_EQ(first.at(1).rgb, second.at(1).rgb);
}

TEST_F(PovrayTest, GoesOnWhereItStopped) {
  SKIP_WITHOUT_POVRAY();
  const auto first = render();
  options_.program = "/no/such/povray";
  EXPECT_EQ(render().at(1).rgb, first.at(1).rgb);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(options_.folder)) {
    ++files;
    const auto bytes = io::read_file(entry.path());
    io::write_file(entry.path(), bytes.substr(0, bytes.size() / 2));
  }
  EXPECT_EQ(files, 2);
  EXPECT_THROW(render(), ResourceError) << "half a picture must be rendered again";
}

TEST_F(PovrayTest, StopsWhenAsked) {
  SKIP_WITHOUT_POVRAY();
  options_.size = 2048;
  int asked = 0;
  const auto a_little = [&] { return ++asked < 5; };
  EXPECT_THROW(render_scenes(
                   scenes_, options_, [](std::size_t, const Image&) {}, a_little),
               Interrupted);
  EXPECT_TRUE(fs::is_empty(options_.folder));
}

TEST_F(PovrayTest, SaysWhichPackageIsMissing) {
  options_.program = "no-such-povray";
  try {
    render();
    FAIL() << "expected a ResourceError";
  } catch (const ResourceError& error) {
    EXPECT_NE(std::string(error.what()).find("install the package povray"), std::string::npos)
        << error.what();
  }
  EXPECT_TRUE(fs::is_empty(options_.folder));
}

TEST_F(PovrayTest, TellsHowPovrayFailed) {
  options_.program = "false";
  EXPECT_THROW(render(), ResourceError);
}

TEST_F(PovrayTest, RefusesImpossibleOptions) {
  options_.size = 0;
  EXPECT_THROW(render(), ConfigError);
  options_.size = 32;
  options_.processes = 0;
  EXPECT_THROW(render(), ConfigError);
}

}  // namespace
}  // namespace imagine::data
