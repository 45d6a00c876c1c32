#include "core/sources.h"

#include <gtest/gtest.h>

namespace imagine {
namespace {

Source picture(const char* name) {
  return {.image = {.width = 1, .height = 1, .rgb = {1, 2, 3}}, .name = name, .alpha = {4}};
}

Request with_all() {
  Request request{.prompt = "a red cube"};
  request.image = picture("image"), request.mask = picture("mask");
  auto& control = request.control.emplace();
  control.sketch = picture("sketch"), control.edges = picture("edges");
  control.edges_from = picture("edges_from"), control.depth = picture("depth");
  control.silhouette = picture("silhouette"), control.palette_from = picture("palette_from");
  request.style = {.picture = picture("style")};
  return request;
}

TEST(Sources, AllPicturesOfARequestAreVisited) {
  std::vector<std::string> names;
  const auto request = with_all();
  visit_sources(request, [&](const Source& source) { names.push_back(source.name); });
  EXPECT_EQ(names, (std::vector<std::string>{"image", "mask", "sketch", "edges", "edges_from",
                                             "depth", "silhouette", "palette_from", "style"}));
}

TEST(Sources, ARequestWithoutPixelsKeepsTheNames) {
  int pictures = 0;
  auto request = without_pixels(with_all());
  EXPECT_EQ(request.prompt, "a red cube");
  visit_sources(request, [&](const Source& source) {
    ++pictures;
    EXPECT_FALSE(source.name.empty());
    EXPECT_EQ(source.image.width, 0) << source.name;
    EXPECT_TRUE(source.image.rgb.empty()) << source.name;
    EXPECT_TRUE(source.alpha.empty()) << source.name;
  });
  EXPECT_EQ(pictures, 9);
}

}  // namespace
}  // namespace imagine
