// Files of other programs against what Pillow and Little CMS make of them: tools/make_pictures.py.
#include <algorithm>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "io/image_file.h"

namespace imagine::io {
namespace {

const fs::path kFolder = fs::path(IMAGINE_SOURCE_DIR) / "tests/data/pictures";

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const auto name = entry.path().filename().string();
    if (fs::exists(kFolder / (name + ".png"))) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

/// The largest step between two pictures, where either is to be seen.
int largest_difference(const RgbaImage& a, const RgbaImage& b) {
  int largest = 0;
  for (std::size_t i = 0; i < a.rgba.size(); i += 4) {
    const bool clear = a.rgba[i + 3] == 0 && b.rgba[i + 3] == 0;
    for (std::size_t k = i; k < i + 4 && !clear; ++k) {
      largest = std::max(largest, std::abs(int(a.rgba[k]) - int(b.rgba[k])));
    }
  }
  return largest;
}

/// Of all samples.
double mean_difference(const RgbaImage& a, const RgbaImage& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgba.size(); ++i) sum += std::abs(int(a.rgba[i]) - int(b.rgba[i]));
  return sum / double(a.rgba.size());
}

/// Two programs fill in colours that were halved in different ways, at edges up to 40 steps.
bool is_halved(const fs::path& name) {
  return name.extension() == ".heic" || name.extension() == ".avif";
}

class EachPicture : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Pictures, EachPicture, testing::ValuesIn(names()),
                         [](const testing::TestParamInfo<std::string>& info) {
                           auto name = info.param;
                           for (char& c : name) c = std::isalnum(c) ? c : '_';
                           return name;
                         });

TEST_P(EachPicture, LooksAsInOtherPrograms) {
  const auto bytes = read_file(kFolder / GetParam());
  const auto image = decode_image(bytes, GetParam());
  const auto expected = decode_image(read_file(kFolder / (GetParam() + ".png")), "expected");
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.height, expected.height);
  EXPECT_EQ(image_extent(bytes, GetParam()), (Extent{image.width, image.height}));
  if (is_halved(GetParam())) {
    EXPECT_LE(mean_difference(image, expected), 2);
  } else {
    EXPECT_LE(largest_difference(image, expected), 1);
  }
  EXPECT_TRUE(has_image_extension(GetParam()));
  EXPECT_THROW(decode_image(bytes, "large", image.width * image.height - 1), FormatError);
}

TEST_P(EachPicture, NeverCrashesOnAPrefixOrAFlippedByte) {
  const auto bytes = read_file(kFolder / GetParam());
  const auto try_out = [&](const Bytes& broken) {
    try {
      decode_image(broken, "test", 10'000);
    } catch (const FormatError&) {
    }
    try {
      read_provenance(broken, "test");
    } catch (const FormatError&) {
    }
  };
  const auto step = std::max<std::size_t>(1, bytes.size() / 16);
  for (std::size_t place = 0; place < bytes.size(); place += step) {
    try_out(bytes.substr(0, place));
    auto broken = bytes;
    broken[place] = char(~broken[place]);
    try_out(broken);
  }
}

TEST(Pictures, RefuseABmpThatPromisesMoreThanItHas) {
  const auto bytes = read_file(kFolder / "mode-1.bmp");
  for (const std::size_t place : {std::size_t(10), std::size_t(46)}) {  // pixels, palette
    auto broken = bytes;
    broken[place + 3] = '\x7f';
    try {
      decode_image(broken, "f.bmp");
      FAIL();
    } catch (const FormatError& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("f.bmp: expected a whole BMP"));
    }
  }
}

TEST(Pictures, AreToldByTheirContent) {
  EXPECT_GE(names().size(), 55U);
  EXPECT_TRUE(has_image_extension("a/b.HEIC"));
  EXPECT_TRUE(has_image_extension("x.JPeG"));
  EXPECT_FALSE(has_image_extension("x.txt"));
  EXPECT_FALSE(has_image_extension("jpg"));
  EXPECT_FALSE(has_image_extension(".jpg"));
}

}  // namespace
}  // namespace imagine::io
