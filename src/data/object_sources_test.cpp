#include "data/object_sources.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/fake_packages.h"
#include "imagine/error.h"

namespace imagine::data {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ObjectMixture kNothing{.photo = 0, .render = 0, .flat = 0, .emoji = 0, .drawing = 0};

class ObjectSourcesTest : public testing::Test {
 protected:
  ObjectSourcesTest() { write_fake_packages(folder_.path()); }

  std::vector<Style> styles_of(const ObjectMixture& mixture) const {
    std::vector<Style> styles;
    for (const Cutout& cutout : read_cutouts({.path = folder_.path()}, mixture)) {
      styles.push_back(cutout.style);
    }
    return styles;
  }

  io::TemporaryFolder folder_;
};

TEST_F(ObjectSourcesTest, ReadsOnlyWhatHasAShare) {
  auto renders = kNothing, flats = kNothing;
  renders.render = 0.1;
  flats.flat = 1;
  EXPECT_THAT(styles_of(renders), ElementsAre(Style::render, Style::render, Style::render,
                                              Style::render, Style::render, Style::render));
  EXPECT_THAT(styles_of(flats), Each(Style::flat));
  EXPECT_THAT(styles_of(kNothing), IsEmpty());
}

TEST_F(ObjectSourcesTest, StampsArePhotographsAndDrawings) {
  auto mixture = kNothing;
  mixture.drawing = 1;
  const auto styles = styles_of(mixture);
  EXPECT_EQ(std::ranges::count(styles, Style::photo), 6);
  EXPECT_EQ(std::ranges::count(styles, Style::drawing), 4);
  mixture.photo = 1;
  EXPECT_EQ(styles_of(mixture), styles) << "read once";
}

TEST_F(ObjectSourcesTest, AllSetsStandOneAfterTheOther) {
  const auto styles = styles_of({.photo = 1, .render = 1, .flat = 1, .emoji = 0, .drawing = 1});
  ASSERT_EQ(styles.size(), 6u + 6u + 10u);
  EXPECT_EQ(styles[0], Style::render);
  EXPECT_EQ(styles[6], Style::flat);
  EXPECT_EQ(styles[12], Style::photo);
  EXPECT_EQ(styles[21], Style::drawing);
}

TEST_F(ObjectSourcesTest, NamesThePackageThatIsMissing) {
  auto mixture = kNothing;
  mixture.emoji = 1;
  try {
    styles_of(mixture);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the package fonts-noto-color-emoji 2.042"));
  }
}

TEST_F(ObjectSourcesTest, NeedsNoPackageForNothing) {
  EXPECT_THAT(read_cutouts({.path = "/nowhere"}, kNothing), IsEmpty());
}

TEST_F(ObjectSourcesTest, StopsWhenTold) {
  EXPECT_THROW(read_cutouts({.path = folder_.path(), .go_on = [] { return false; }}, {.emoji = 0}),
               Interrupted);
}

TEST(Grounds, NoneAreMadeOfNothing) {
  const io::TemporaryFolder folder;
  EXPECT_THAT(render_grounds(folder / "grounds", 0, nullptr), IsEmpty());
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Grounds, StopBeforeTheFirstWhenTold) {
  const io::TemporaryFolder folder;
  int asked = 0;
  const auto no = [&] { return ++asked < 1; };
  EXPECT_THROW(render_grounds(folder / "grounds", 3, no), Interrupted);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace imagine::data
