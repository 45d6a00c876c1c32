#include "cli/control.h"

#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/file.h"
#include "io/temporary_folder.h"

namespace imagine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ThingOption, IsABoxAndAPhrase) {
  EXPECT_EQ(thing_of("0.1,0.3,0.4,0.5: a red cube"),
            (LayoutThing{.box = {0.1, 0.3, 0.4, 0.5}, .phrase = "a red cube"}));
  for (const char* text : {"background: a", "a", "0,0,1: a"}) {
    EXPECT_THAT([&] { thing_of(text); }, ThrowsMessage<InputError>(HasSubstr("--thing: expected")))
        << text;
  }
}

TEST(PaletteOption, IsColoursWithTheirSharesOrWithout) {
  EXPECT_THAT(palette_of("#a0522d:0.4, #87ceeb"),
              ElementsAre(PaletteColour{.colour = "#a0522d", .share = 0.4},
                          PaletteColour{.colour = "#87ceeb"}));
  EXPECT_THROW(palette_of("#a0522d:much"), InputError);
}

TEST(ControlOptions, NothingGivenIsNoControl) {
  Request request;
  set_control(request, {});
  EXPECT_FALSE(request.control);
  EXPECT_THAT([&] { set_control(request, {.strength = 0.5}); },
              ThrowsMessage<InputError>(HasSubstr("expected something that it counts for")));
  EXPECT_THAT([&] { set_control(request, {.style_until = 0.5}); },
              ThrowsMessage<InputError>(HasSubstr("--style-until: expected a look")));
  set_control(request, {.same_style = true, .style_weight = 0.7});
  EXPECT_FALSE(request.style) << "the first picture has none";
  EXPECT_EQ(style_of({.style_weight = 0.7}).weight, 0.7);
}

TEST(ControlOptions, ALayoutsFileIsAListOrHasAPaletteToo) {
  const io::TemporaryFolder folder;
  const auto file = folder / "scene.json";
  const auto read = [&](const std::string& text) {
    io::write_file(file, text);
    Request request;
    set_control(request, {.things = {"0,0,1,1: more"}, .layout = file.string(), .until = 0.5});
    return request.control.value();
  };
  const std::string list = R"([{"box": [0.5, 0, 0.5, 1], "phrase": "a cat"}])";
  const auto plain = read(list);
  EXPECT_THAT(plain.layout, ElementsAre(LayoutThing{.box = {0.5, 0, 0.5, 1}, .phrase = "a cat"},
                                        LayoutThing{.box = {0, 0, 1, 1}, .phrase = "more"}));
  EXPECT_EQ(plain.until, 0.5);
  EXPECT_THAT(read(R"({"layout": )" + list + R"(, "palette": [{"colour": "#000000"}]})").palette,
              ElementsAre(PaletteColour{.colour = "#000000"}));
  EXPECT_THAT([&] { read(R"([{"box": [0, 0, 1], "phrase": "a"}])"); },
              ThrowsMessage<FormatError>(HasSubstr("scene.json: layout[0]: box: expected [x, y")));
  EXPECT_THROW(read("[{"), FormatError);
  EXPECT_THAT([&] { read("[]"); },
              ThrowsMessage<InputError>(HasSubstr("scene.json: expected a thing in its box")));
}

}  // namespace
}  // namespace imagine::cli
