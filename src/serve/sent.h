/// What a client sent, read into structs with a field list (core/fields.h), whether JSON or a form
/// carried it.
///
/// Keys that no field has are passed over, and null counts as missing. A field is also found by its
/// name in snake case: clients of Google's send both. Of a form, texts count as numbers and flags;
/// name[] is an element of a list, name[key] a member of an object. Errors are Problems 400 that
/// name the field: "instances[0].prompt".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/fields.h"
#include "serve/http/message.h"
#include "serve/problem.h"

namespace imagine::serve {

/// A picture's file as clients send it: in JSON as base64, also as a "data:" URL, in a form as it
/// is.
struct SentPicture {
  std::string bytes = {};
};

struct Sent {
  Json json = Json::object();
  bool is_form = false;
};

/// The body of a request: a JSON object, or a form. Problem 400 for what is neither, or nested
/// deeper than 32.
Sent sent_in(const HttpRequest& request);

/// The member of that name, or nothing where it is missing or null.
const Json* member_of(const Json& object, const std::string& name);

/// Where a value stands, and whether a form carried it.
struct SentPlace {
  std::string path = {};
  bool is_form = false;

  SentPlace member(const std::string& name) const {
    return {path.empty() ? name : path + "." + name, is_form};
  }
  SentPlace element(std::size_t index) const {
    return {path + "[" + std::to_string(index) + "]", is_form};
  }
  [[noreturn]] void refuse(const std::string& expected) const;
};

void read_sent(const Json& json, const SentPlace& place, std::string& value);
void read_sent(const Json& json, const SentPlace& place, bool& value);
void read_sent(const Json& json, const SentPlace& place, std::int64_t& value);
void read_sent(const Json& json, const SentPlace& place, double& value);
void read_sent(const Json& json, const SentPlace& place, SentPicture& value);
/// As it is.
void read_sent(const Json& json, const SentPlace& place, Json& value);

template <class Value>
void read_sent(const Json& json, const SentPlace& place, std::optional<Value>& value) {
  read_sent(json, place, value.emplace());
}

/// One that stands alone is a list of one.
template <class Value>
void read_sent(const Json& json, const SentPlace& place, std::vector<Value>& values) {
  if (!json.is_array()) return read_sent(json, place, values.emplace_back());
  for (std::size_t i = 0; i < json.size(); ++i) {
    read_sent(json[i], place.element(i), values.emplace_back());
  }
}

template <HasFields Value>
void read_sent(const Json& json, const SentPlace& place, Value& value) {
  if (!json.is_object()) place.refuse("an object");
  Value::fields(value, [&](const char* name, auto& member, const char*) {
    if (const auto* found = member_of(json, name)) read_sent(*found, place.member(name), member);
  });
}

/// The body of a request.
template <HasFields Value>
Value sent_as(const HttpRequest& request) {
  const auto sent = sent_in(request);
  Value value;
  read_sent(sent.json, {.path = {}, .is_form = sent.is_form}, value);
  return value;
}

}  // namespace imagine::serve
