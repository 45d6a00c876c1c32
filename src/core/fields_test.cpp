#include "core/fields.h"

#include <array>
#include <gmock/gmock.h>

#include "core/request_json.h"
#include "imagine/recipe.h"

namespace imagine {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

enum class Side { left, right };
constexpr std::array<const char*, 2> names_of(Side) { return {"left", "right"}; }

struct Door {
  Side hinge = Side::left;
  std::optional<double> width = {};
  std::optional<Side> opens = {};
  std::variant<int, Side> lock = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("hinge", self.hinge, "where it hangs");
    field("width", self.width, "in metres");
    field("opens", self.opens, "to which side");
    field("lock", self.lock, "height in millimetres, or a side");
  }
};

Door read(const char* text) { return from_json<Door>(Json::parse(text), "d"); }

TEST(Fields, EnumerationsAreTheirNames) {
  EXPECT_EQ(to_json(Door{.hinge = Side::right}).dump(), R"({"hinge":"right","lock":0})");
  EXPECT_EQ(read(R"({"hinge": "right"})").hinge, Side::right);
  EXPECT_THAT([] { read(R"({"hinge": "rihgt"})"); },
              ThrowsMessage<ConfigError>("d: hinge: expected left or right, got \"rihgt\"; did you "
                                         "mean right?"));
  EXPECT_THAT([] { read(R"({"hinge": 1})"); }, ThrowsMessage<ConfigError>(HasSubstr("got \"1\"")));
}

TEST(Fields, WhatHoldsNothingIsLeftOut) {
  const Door door{.width = 0.9, .opens = Side::left};
  EXPECT_EQ(to_json(door).dump(), R"({"hinge":"left","width":0.9,"opens":"left","lock":0})");
  EXPECT_EQ(read(to_json(door).dump().c_str()).opens, Side::left);
  EXPECT_FALSE(read(R"({"width": null})").width.has_value());
  EXPECT_THAT([] { read(R"({"width": "wide"})"); }, ThrowsMessage<ConfigError>(HasSubstr("width")));
}

TEST(Fields, AVariantIsTheFirstTypeThatFits) {
  EXPECT_EQ(read(R"({"lock": 1050})").lock, (std::variant<int, Side>(1050)));
  EXPECT_EQ(read(R"({"lock": "right"})").lock, (std::variant<int, Side>(Side::right)));
  EXPECT_EQ(to_json(Door{.lock = Side::right})["lock"], "right");
  EXPECT_THAT([] { read(R"({"lock": "high"})"); },
              ThrowsMessage<ConfigError>(HasSubstr("expected left or right")));
  EXPECT_THAT([] { read(R"({"lock": 1.5})"); }, ThrowsMessage<ConfigError>(HasSubstr("lock")));
}

TEST(Fields, ARequestIsAValueInJson) {
  const Request request{.task = Task::edit,
                        .image = Source{.image = {}, .name = "a.png"},
                        .prompt = "x",
                        .seed = 7,
                        .stages = {{.steps = TimestepList::smart27}, {.steps = 4, .guidance = 2.5}},
                        .loras = {{.file = "l", .weight = 0.5}}};
  const auto json = to_json(request);
  EXPECT_EQ(json["image"], "a.png");
  EXPECT_EQ(json["stages"].dump(), R"([{"steps":"smart27"},{"steps":4,"guidance":2.5}])");
  const auto again = from_json<Request>(json, "r");
  EXPECT_EQ(to_json(again), json);
  EXPECT_EQ(again.stages, request.stages);
}

TEST(Fields, ARecipeHasTheListOfItsRequest) {
  Recipe recipe;
  recipe.request.image = Source(), recipe.request.mask = Source();
  recipe.stages = {{.size = 64, .steps = 3, .known_region = KnownRegion::noised}};
  const auto json = to_json(recipe);
  const auto of_request = to_json(Request{.image = Source(), .mask = Source()});
  for (const auto& [name, value] : of_request.items()) EXPECT_TRUE(json.contains(name)) << name;
  EXPECT_EQ(json["stages"][0]["size"], 64);
  EXPECT_EQ(json["stages"][0]["known_region"], "noised");
  EXPECT_EQ(from_json<Recipe>(json, "r").stages, recipe.stages);
}

}  // namespace
}  // namespace imagine
