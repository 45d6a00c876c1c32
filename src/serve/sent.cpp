#include "serve/sent.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "core/base64.h"
#include "core/lower_case.h"
#include "core/number.h"
#include "io/utf8.h"
#include "serve/bounded_json.h"
#include "serve/http/multipart.h"

namespace imagine::serve {
namespace {

constexpr double kLargestWhole = 9007199254740992;  // that a floating-point number holds exactly

std::string snake_case(const std::string& name) {
  std::string snake;
  for (const char letter : name) {
    const auto code = static_cast<unsigned char>(letter);
    if (std::isupper(code) != 0) snake += '_';
    snake += char(std::tolower(code));
  }
  return snake;
}

/// With the letters of URLs as those of RFC 4648's first table, with its padding and without line
/// ends: clients of Google's send the one, some leave the other away, `base64` breaks lines.
std::string usual_base64(std::string_view letters) {
  std::string usual(letters);
  std::erase_if(usual, [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; });
  std::ranges::replace(usual, '-', '+');
  std::ranges::replace(usual, '_', '/');
  while (usual.size() % 4 != 0) usual += '=';
  return usual;
}

/// Whether a part of a form is a file; its name may be missing.
bool is_file(const Part& part) {
  return !part.filename.empty() || part.type.starts_with("image/") ||
         part.type.starts_with("application/octet-stream");
}

/// A form's part: a text, or the bytes of a file; null of a field for files in which none was
/// chosen.
Json value_of(Part& part) {
  if (!is_file(part)) return part.content;
  if (part.content.empty() && part.filename.empty()) return nullptr;
  return Json::binary(std::vector<std::uint8_t>(part.content.begin(), part.content.end()));
}

/// "image[]" is an element of "image", "svg[model]" a member of "svg"; of a name that comes twice
/// all values are a list.
void add_part(Json& form, Part& part) {
  auto value = value_of(part);
  if (value.is_null()) return;
  const auto bracket = part.name.find('[');
  const auto name = part.name.substr(0, bracket);
  auto& place = form[name];
  if (bracket != part.name.npos && part.name != name + "[]") {
    if (!place.is_object()) place = Json::object();
    place[part.name.substr(bracket + 1, part.name.size() - bracket - 2)] = std::move(value);
  } else if (place.is_null() && bracket == part.name.npos) {
    place = std::move(value);
  } else {
    if (!place.is_array()) place = place.is_null() ? Json::array() : Json::array({place});
    place.push_back(std::move(value));
  }
}

}  // namespace

Sent sent_in(const HttpRequest& request) {
  const auto type = request.header("content-type");
  if (is_multipart(type)) {
    Sent sent{.is_form = true};
    for (auto& part : multipart_of(type, request.body)) add_part(sent.json, part);
    return sent;
  }
  Sent sent{.json = bounded_json(request.body, "the request's body")};
  if (!sent.json.is_object()) throw Problem(400, "the request's body: expected a JSON object");
  return sent;
}

const Json* member_of(const Json& object, const std::string& name) {
  auto found = object.find(name);
  if (found == object.end()) found = object.find(snake_case(name));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

void SentPlace::refuse(const std::string& expected) const {
  throw Problem(400, path + ": expected " + expected, path);
}

void read_sent(const Json& json, const SentPlace& place, std::string& value) {
  if (!json.is_string()) place.refuse("a text");
  value = json.get<std::string>();
  if (!io::is_utf8(value)) place.refuse("UTF-8");
}

void read_sent(const Json& json, const SentPlace& place, bool& value) {
  const auto text = place.is_form && json.is_string() ? lower_case(json.get<std::string>()) : "";
  const bool yes = text == "true" || text == "1", no = text == "false" || text == "0";
  if (!json.is_boolean() && !yes && !no) place.refuse("true or false");
  value = json.is_boolean() ? json.get<bool>() : yes;
}

void read_sent(const Json& json, const SentPlace& place, std::int64_t& value) {
  std::optional<std::int64_t> number;
  if (place.is_form && json.is_string()) number = whole_number(json.get<std::string>());
  if (is_integer_of<std::int64_t>(json)) number = json.get<std::int64_t>();
  if (json.is_number_float() && std::nearbyint(json.get<double>()) == json.get<double>() &&
      std::abs(json.get<double>()) <= kLargestWhole) {
    number = std::int64_t(json.get<double>());  // 512.0
  }
  if (!number) place.refuse("a whole number");
  value = *number;
}

void read_sent(const Json& json, const SentPlace& place, double& value) {
  std::optional<double> number;
  if (place.is_form && json.is_string()) number = real_number(json.get<std::string>());
  if (json.is_number()) number = json.get<double>();
  if (!number) place.refuse("a number");
  value = *number;
}

void read_sent(const Json& json, const SentPlace& place, SentPicture& value) {
  constexpr const char* kExpected = "a picture's file in base64";
  if (json.is_binary()) {
    value.bytes.assign(json.get_binary().begin(), json.get_binary().end());
    return;
  }
  if (!json.is_string()) place.refuse(kExpected);
  std::string_view letters = json.get_ref<const std::string&>();
  if (letters.starts_with("data:")) {
    const auto comma = letters.find(";base64,");
    if (comma == letters.npos) place.refuse(kExpected);
    letters.remove_prefix(comma + 8);
  }
  auto bytes = base64_bytes(usual_base64(letters));
  if (!bytes || bytes->empty()) place.refuse(kExpected);
  value.bytes = *std::move(bytes);
}

void read_sent(const Json& json, const SentPlace& place, Json& value) {
  if (json.is_binary()) place.refuse("no file");
  value = json;
}

}  // namespace imagine::serve
