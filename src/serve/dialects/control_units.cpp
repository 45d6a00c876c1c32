#include "serve/dialects/control_units.h"

#include "core/check.h"
#include "core/lower_case.h"
#include "io/control_picture.h"
#include "serve/sent.h"
#include "serve/wish.h"

namespace imagine::serve {
namespace {

constexpr const char* kField = "alwayson_scripts";

struct Unit {
  bool enabled = true;
  std::string module = {}, control_type = {}, model = {};
  Json image = {}, input_image = {};  // of a unit that does not count they are not looked at
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

[[noreturn]] void refuse(const SentPlace& place, const std::string& expected) {
  throw Problem(422, concat(place.path, ": expected ", expected), place.path);
}

bool has(const std::string& text, const char* word) {
  return lower_case(text).find(word) != std::string::npos;
}

/// Some clients write an empty text for no picture.
bool is_none(const Json& picture) { return picture.is_null() || picture == ""; }

using Place = std::optional<Source> Control::*;

/// The picture of a control that a unit's is.
Place place_of(const Unit& unit, const SentPlace& at) {
  const bool finds = !unit.module.empty() && !has(unit.module, "none");
  const auto says = [&](const char* word) {
    return has(unit.module, word) || has(unit.control_type, word) || has(unit.model, word);
  };
  if (says("canny")) return finds ? &Control::edges_from : &Control::edges;
  if (finds) refuse(at.member("module"), concat("canny or none, got \"", unit.module, '"'));
  if (says("scribble") || says("sketch") || says("lineart")) return &Control::sketch;
  if (says("depth")) return &Control::depth;
  if (says("seg")) return &Control::silhouette;
  const bool by_type = unit.model.empty() && !unit.control_type.empty();
  refuse(at.member(by_type ? "control_type" : "model"),
         concat("one of canny, scribble, depth or seg, got \"",
                by_type ? unit.control_type : unit.model, '"'));
}

/// Whether there is such a picture already: of edges one, found or as they are.
bool is_taken(const Control& control, Place place) {
  const bool is_edges = place == &Control::edges || place == &Control::edges_from;
  return is_edges ? control.edges || control.edges_from : (control.*place).has_value();
}

void check_numbers(const Unit& unit, const SentPlace& at) {
  check_between(unit.weight, 0.0, 2.0, at.member("weight").path);
  if (unit.guidance_start != 0) {
    refuse(at.member("guidance_start"),
           concat("0: what is followed is so from the start, got ", unit.guidance_start));
  }
  if (unit.guidance_end <= 0 || unit.guidance_end > 1) {
    refuse(at.member("guidance_end"), concat("more than 0 and at most 1, got ", unit.guidance_end));
  }
}

/// The units of a script, one after the other, put into one control.
class Units {
 public:
  void add(const Unit& unit, const SentPlace& at) {
    if (!unit.enabled) return;
    check_numbers(unit, at);
    if (!control_) {
      control_ = Control{.strength = unit.weight, .until = unit.guidance_end};
      first_ = at.path;
    }
    check_same(unit.weight, control_->strength, at.member("weight"));
    check_same(unit.guidance_end, control_->until, at.member("guidance_end"));
    const auto place = place_of(unit, at);
    if (is_taken(*control_, place)) refuse(at, "another kind than the units before it");
    const bool is_older = is_none(unit.image) && !is_none(unit.input_image);
    const auto& image = is_older ? unit.input_image : unit.image;
    const auto name = at.member(is_older ? "input_image" : "image");
    if (is_none(image)) refuse(name, "a picture, got none");
    SentPicture sent;
    read_sent(image, name, sent);
    auto& picture = (*control_).*place;
    picture = picture_of(sent, name.path, io::transparency_of(*control_, picture));
  }
  std::optional<Control> control() && { return std::move(control_); }

 private:
  void check_same(double value, double first, const SentPlace& at) const {
    if (value != first) refuse(at, concat(first, " of all units, as of ", first_, ", got ", value));
  }

  std::optional<Control> control_;
  std::string first_;  // where the first unit stands
};

}  // namespace

std::optional<Control> control_of(const Json& scripts) {
  const SentPlace top{.path = kField};
  if (!scripts.is_object() && !scripts.is_null()) refuse(top, "an object");
  Units units;
  for (const auto& [name, script] : scripts.items()) {
    const auto place = top.member(name);
    if (lower_case(name) != "controlnet") refuse(place, "none: ControlNet is the only script here");
    if (!script.is_object()) refuse(place, concat("an object, got ", script.type_name()));
    const auto* args = member_of(script, "args");
    if (args == nullptr) continue;
    const auto list = place.member("args");
    std::vector<Unit> read;
    read_sent(*args, list, read);
    for (std::size_t i = 0; i < read.size(); ++i) {
      units.add(read[i], args->is_array() ? list.element(i) : list);
    }
  }
  return std::move(units).control();
}

}  // namespace imagine::serve
