/// One list of a config's fields serves JSON, command-line flags, --help and the documents.
///
/// A config is a plain aggregate with a static member
///   template <class Self, class Visitor> static void fields(Self& self, Visitor&& field);
/// that calls field("name", self.member, "what it means, with its unit") for each member in order.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/check.h"

namespace imagine {

using Json = nlohmann::ordered_json;

template <class T>
concept HasFields = requires(T& value) {
  T::fields(value, [](auto&&...) {});
};

template <class Value>
struct IsConfigList : std::false_type {};
template <HasFields Config>
struct IsConfigList<std::vector<Config>> : std::true_type {};

/// Whether `json` is a whole number that an Integer can hold.
template <class Integer>
bool is_integer_of(const Json& json) {
  if (json.is_number_unsigned()) return std::in_range<Integer>(json.get<std::uint64_t>());
  return json.is_number_integer() && std::in_range<Integer>(json.get<std::int64_t>());
}

template <class Value>
Json to_json(const Value& value) {
  if constexpr (HasFields<Value>) {
    Json json = Json::object();
    Value::fields(value, [&](const char* name, const auto& member, const char*) {
      json[name] = to_json(member);
    });
    return json;
  } else if constexpr (IsConfigList<Value>::value) {
    Json json = Json::array();
    for (const auto& element : value) json.push_back(to_json(element));
    return json;
  } else {
    return value;
  }
}

/// Fields that the JSON lacks keep their defaults; a key that no field has is a ConfigError, and so
/// is a value of another type. `where` names the place in the message.
template <class Value>
void read_json(const Json& json, const std::string& where, Value& value) {
  if constexpr (HasFields<Value>) {
    check<ConfigError>(json.is_object(), where, ": expected a JSON object, got ", json.type_name());
    std::set<std::string> known;
    Value::fields(value, [&](const char* name, auto& member, const char*) {
      known.insert(name);
      const auto found = json.find(name);
      if (found != json.end()) read_json(*found, where + ": " + name, member);
    });
    for (const auto& [key, unused] : json.items()) {
      check<ConfigError>(known.contains(key), where, ": unknown key \"", key, "\"");
    }
  } else if constexpr (IsConfigList<Value>::value) {
    check<ConfigError>(json.is_array(), where, ": expected a JSON array, got ", json.type_name());
    value.clear();
    for (const auto& element : json) {
      const auto place = concat(where, "[", value.size(), "]");
      read_json(element, place, value.emplace_back());
    }
  } else {
    const auto fits = [&] {  // JSON converts numbers among each other in silence
      if constexpr (std::is_same_v<Value, bool>) {
        return json.is_boolean();
      } else if constexpr (std::is_integral_v<Value>) {
        return is_integer_of<Value>(json);
      } else {
        return true;
      }
    };
    try {
      check<ConfigError>(fits(), where, ": expected a value like ", Json(value).dump(), ", got ",
                         json.dump());
      value = json.template get<Value>();
    } catch (const nlohmann::json::exception&) {
      throw ConfigError(
          concat(where, ": expected a value like ", Json(value).dump(), ", got ", json.dump()));
    }
  }
}

template <HasFields Config>
Config from_json(const Json& json, const std::string& where) {
  Config config;
  read_json(json, where, config);
  return config;
}

}  // namespace imagine
