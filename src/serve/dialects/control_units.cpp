#include "serve/dialects/control_units.h"

#include "core/check.h"
#include "core/lower_case.h"
#include "serve/sent.h"
#include "serve/wish.h"

namespace imagine::serve {
namespace {

constexpr const char* kField = "alwayson_scripts";

struct Unit {
  bool enabled = true;
  std::string module = {}, control_type = {}, model = {};
  std::optional<SentPicture> image = {}, input_image = {};
  double weight = 1, guidance_start = 0, guidance_end = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("enabled", self.enabled, "whether it counts");
    field("module", self.module, "what is found in the picture; none: it is so already");
    field("control_type", self.control_type, "what is followed");
    field("model", self.model, "the same, in a name");
    field("image", self.image, "the picture");
    field("input_image", self.input_image, "the same by its older name");
    field("weight", self.weight, "how far it pulls, 0 .. 2");
    field("guidance_start", self.guidance_start, "0");
    field("guidance_end", self.guidance_end, "for which part of the steps it counts");
  }
};

[[noreturn]] void refuse(const std::string& expected) {
  throw Problem(422, concat(kField, ": expected ", expected), kField);
}

bool has(const std::string& text, const char* word) {
  return lower_case(text).find(word) != std::string::npos;
}

/// The picture of a control that a unit's is.
std::optional<Source> Control::*place_of(const Unit& unit) {
  const bool finds = !unit.module.empty() && !has(unit.module, "none");
  const auto says = [&](const char* word) {
    return has(unit.module, word) || has(unit.control_type, word) || has(unit.model, word);
  };
  if (says("canny")) return finds ? &Control::edges_from : &Control::edges;
  if (finds) refuse(concat("module canny or none, got ", unit.module));
  if (says("scribble") || says("sketch") || says("lineart")) return &Control::sketch;
  if (says("depth")) return &Control::depth;
  if (says("seg")) return &Control::silhouette;
  refuse(concat("a unit of canny, scribble, depth or seg, got model \"", unit.model, '"'));
}

}  // namespace

std::optional<Control> control_of(const Json& scripts) {
  std::optional<Control> control;
  if (!scripts.is_object() && !scripts.is_null()) refuse("an object");
  for (const auto& [name, script] : scripts.items()) {
    if (lower_case(name) != "controlnet") {
      refuse(concat("ControlNet or nothing: there are no other scripts, got ", name));
    }
    if (!script.is_object()) refuse(concat("an object of ", name, ", got ", script.dump()));
    const auto* args = member_of(script, "args");
    std::vector<Unit> units;
    if (args != nullptr) read_sent(*args, {.path = concat(kField, '.', name, ".args")}, units);
    for (const auto& unit : units) {
      const auto& image = unit.image ? unit.image : unit.input_image;
      if (!unit.enabled) continue;
      if (!image) refuse("a picture in each unit, got none");
      if (unit.guidance_start != 0)
        refuse("guidance_start 0: what is followed is so from the start");
      auto& own =
          control ? *control
                  : control.emplace(Control{.strength = unit.weight, .until = unit.guidance_end});
      if (own.strength != unit.weight || own.until != unit.guidance_end) {
        refuse("one weight and one guidance_end of all units");
      }
      auto& place = own.*place_of(unit);
      if (place) refuse("one unit of each kind, got more");
      place = picture_of(*image, kField);
    }
  }
  return control;
}

}  // namespace imagine::serve
