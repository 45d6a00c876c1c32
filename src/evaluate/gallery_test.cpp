#include "evaluate/gallery.h"

#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::evaluate {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class GalleryTest : public testing::Test {
 protected:
  /// Another colour each time that it paints.
  Painter painter() {
    return [this](const Request&) {
      const auto colour = std::uint8_t(++painted_);
      return Image{.width = 2, .height = 2, .rgb = std::vector<std::uint8_t>(12, colour)};
    };
  }
  Gallery gallery(const std::string& model = "m") { return {folder_ / "g", model, painter()}; }

  io::TemporaryFolder folder_;
  int painted_ = 0;
};

TEST_F(GalleryTest, WhatWasPaintedIsFoundAgain) {
  const auto first = gallery().picture({.prompt = "a"});
  auto again = gallery();
  EXPECT_EQ(again.picture({.prompt = "a"}).rgb, first.rgb);
  EXPECT_EQ(painted_, 1);
}

TEST_F(GalleryTest, AnotherRequestIsAnotherPicture) {
  auto all = gallery();
  const Source low{.image = {.width = 1, .height = 1, .rgb = {1, 2, 3}}, .name = "low"};
  const Source high{.image = {.width = 1, .height = 1, .rgb = {9, 2, 3}}, .name = "low"};
  const std::vector<Request> requests = {
      {.prompt = "a"},
      {.prompt = "b"},
      {.prompt = "a", .seed = 1},
      {.prompt = "a", .size = 64},
      {.prompt = "a", .negative = "b"},
      {.prompt = "a", .stages = {{.steps = 4}}},
      {.prompt = "a", .stages = {{.guidance = 4}}},
      {.task = imagine::Task::upscale, .image = low, .prompt = "a"},
      {.prompt = "a", .control = Control{.edges = low}},
      {.prompt = "a", .control = Control{.edges = high}},
      {.prompt = "a", .control = Control{.depth = high}}};
  for (const auto& request : requests) all.picture(request);
  EXPECT_EQ(painted_, std::ssize(requests));
  for (const auto& request : requests) all.picture(request);
  EXPECT_EQ(painted_, std::ssize(requests));
}

TEST_F(GalleryTest, ADamagedFileIsPaintedAnew) {
  gallery().picture({.prompt = "a"});
  for (const auto& entry : io::fs::directory_iterator(folder_ / "g")) {
    if (entry.path().extension() == ".png") io::write_file(entry.path(), "half");
  }
  EXPECT_EQ(gallery().picture({.prompt = "a"}).rgb[0], 2);
  EXPECT_EQ(gallery().picture({.prompt = "a"}).rgb[0], 2);
}

TEST_F(GalleryTest, AnotherModelsPicturesAreRefused) {
  EXPECT_FALSE(io::fs::exists(folder_ / "g"));
  gallery("first").picture({.prompt = "a"});
  EXPECT_THAT([&] { gallery("second"); }, ThrowsMessage<InputError>(HasSubstr("first")));
  EXPECT_NO_THROW(gallery("first"));
}

}  // namespace
}  // namespace imagine::evaluate
