#include "serve/native/job_fields.h"

#include <map>

#include "core/check.h"
#include "core/request_json.h"
#include "core/sources.h"
#include "io/control_picture.h"
#include "serve/order.h"

namespace imagine::serve {
namespace {

constexpr const char* kWhere = "the request";

/// How errors call what is beyond limits.
const WishNames kJobNames{.negative = "negative",
                          .count = "count",
                          .steps = "stages.steps",
                          .guidance = "stages.guidance",
                          .aspect = "aspect",
                          .format = "format",
                          .quality = "quality",
                          .strength = "stages.strength",
                          .loras = "loras"};

/// Takes a member out that is not the request's own.
template <class Value>
std::optional<Value> taken(Json& json, const char* name) {
  const auto* found = member_of(json, name);
  std::optional<Value> value;
  if (found != nullptr) read_sent(*found, {.path = name}, value);
  json.erase(name);
  return value;
}

using Pictures = std::map<std::string, Source>;

/// Takes them out of the control in a request's JSON, which only names them.
Pictures taken_pictures(Json& json) {
  const auto control = json.find("control");
  Pictures pictures;
  if (control == json.end() || !control->is_object()) return pictures;
  Control any;
  visit_pictures(any, [&](const char* name, const std::optional<Source>& picture) {
    const auto path = concat("control.", name);
    SentPicture sent;
    if (const auto* found = member_of(*control, name)) {
      read_sent(*found, {.path = path}, sent);
      pictures[name] = picture_of(sent, path, io::transparency_of(any, picture));
    }
    control->erase(name);
  });
  return pictures;
}

void put_pictures(Pictures pictures, Control& control) {
  visit_pictures(control, [&](const char* name, std::optional<Source>& picture) {
    const auto found = pictures.find(name);
    if (found != pictures.end()) picture = std::move(found->second);
  });
}

/// Without what is null: missing, as clients mean it.
void erase_null(Json& json) {
  std::vector<std::string> missing;
  for (const auto& [name, value] : json.items()) {
    if (value.is_null()) missing.push_back(name);
  }
  for (const auto& name : missing) json.erase(name);
}

/// A style is the name of one, or a picture with its weight.
struct SentStyle {
  std::string name = {};
  std::optional<Source> picture = {};

  void put(Request& request) const {
    if (picture) request.style->picture = *picture;
    if (!name.empty()) put_styles(request, {name}, "style");
  }
};

/// What a request's JSON cannot hold of it.
SentStyle taken_style(Json& json) {
  const auto found = json.find("style");
  if (found == json.end()) return {};
  if (found->is_string()) return {.name = *taken<std::string>(json, "style")};
  const auto* picture = found->is_object() ? member_of(*found, "picture") : nullptr;
  if (picture == nullptr) {
    throw Problem(400, "style: expected the name of one, or an object with a picture", "style");
  }
  SentPicture sent;
  read_sent(*picture, {.path = "style.picture"}, sent);
  found->erase("picture");
  return {.picture = picture_of(sent, "style.picture")};
}

/// "stages[0]: sampler" -> "stages[0].sampler"
std::string dotted(std::string_view place) {
  const auto colon = place.find(": ");
  if (colon == place.npos) return std::string(place);
  return concat(place.substr(0, colon), '.', dotted(place.substr(colon + 2)));
}

/// An error of reading a request: "control: layout[0]: unknown key \"bx\"" is one of the field
/// "control.layout[0].bx".
Problem problem_of(std::string_view reason) {
  constexpr std::string_view kUnknown = "unknown key \"";
  const auto begin = std::min(reason.find(kUnknown), reason.size());
  const auto expected = std::min(reason.find(": expected"), reason.size());
  const auto end = std::min(begin, expected);  // what comes later is of the client's own texts
  auto place = reason.substr(0, end);
  if (place.ends_with(": ")) place.remove_suffix(2);
  auto field = dotted(place);
  const auto said = concat(field, reason.substr(place.size()));
  if (begin < expected) {
    auto key = reason.substr(begin + kUnknown.size());
    key.remove_suffix(1);
    field += concat(field.empty() ? "" : ".", key);
  }
  return {400, said, field};
}

Request request_in(const Json& json) {
  try {
    return from_json<Request>(json, kWhere);
  } catch (const ConfigError& error) {
    const auto begin = std::string_view(kWhere).size() + 2;  // "the request: "
    throw problem_of(std::string_view(error.what()).substr(begin));
  }
}

/// An enlargement is drawn from its picture and words alone.
void refuse_beside_enlargement(const Json& sent) {
  for (const auto* name :
       {"mask", "mask_use", "control", "style", "region_method", "aspect_method"}) {
    if (!sent.contains(name)) continue;
    throw Problem(400, concat(name, ": expected none for an enlargement"), name);
  }
}

}  // namespace

JobOrder job_order_of(const HttpRequest& request, Desk& desk) {
  auto sent = sent_in(request);
  if (sent.is_form) throw Problem(400, "the request's body: expected JSON, got a form");
  auto& json = sent.json;
  erase_null(json);
  if (json.value("task", Json()) == name_of(Task::upscale)) refuse_beside_enlargement(json);
  const Wish wish{.model = taken<std::string>(json, "model").value_or(""),
                  .seed = taken<std::int64_t>(json, "seed"),
                  .format = taken<std::string>(json, "format").value_or(""),
                  .quality = taken<std::int64_t>(json, "quality")};
  const auto image = taken<SentPicture>(json, "image");
  const auto mask = taken<SentPicture>(json, "mask");
  const auto style = taken_style(json);
  auto pictures = taken_pictures(json);
  auto order = begun_order(wish, desk, desk.access.owner(request), kJobNames);
  const auto seed = order.request.seed;
  order.request = request_in(json);
  order.request.seed = seed;
  style.put(order.request);
  if (order.request.control) put_pictures(std::move(pictures), *order.request.control);
  if (order.request.task == Task::generate && (image || mask)) {
    throw Problem(400, "task: expected edit or upscale with a picture, got generate", "task");
  }
  if (image) {
    const bool upscales = order.request.task == Task::upscale;
    order.request.image =
        picture_of(*image, "image", upscales ? Transparency::kept : Transparency::on_white);
  }
  if (mask) order.request.mask = picture_of(*mask, "mask", Transparency::on_black);
  keep_small(order.request, desk.limits);
  auto& loras = order.request.loras;
  loras = loras_on(desk.shelf, desk.limits, std::move(loras), kJobNames);
  check_limits(desk.limits, *order.model, order.request, kJobNames);
  order.is_kept = true;
  return order;
}

}  // namespace imagine::serve
