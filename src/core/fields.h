/// One list of a config's fields serves JSON, command-line flags, --help and the documents.
///
/// A config is a plain aggregate with a static member
///   template <class Self, class Visitor> static void fields(Self& self, Visitor&& field);
/// that calls field("name", self.member, "what it means, with its unit") for each member in order.
///
/// In JSON an enumeration is its name (see names.h), an optional that holds nothing is left out, a
/// variant is its value, and a type with its own functions
///   Json json_of(const Value& value);
///   void read_value(const Json& json, const std::string& where, Value& value);
/// beside it, found by their argument, is what they say.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/check.h"
#include "core/names.h"

namespace imagine {

using Json = nlohmann::ordered_json;

template <class T>
concept HasFields = requires(T& value) {
  T::fields(value, [](auto&&...) {});
};

template <class Value>
inline constexpr bool kIsConfigList = false;
template <HasFields Config>
inline constexpr bool kIsConfigList<std::vector<Config>> = true;

template <class Value>
inline constexpr bool kIsOptional = false;
template <class Value>
inline constexpr bool kIsOptional<std::optional<Value>> = true;

template <class Value>
inline constexpr bool kIsVariant = false;
template <class... Values>
inline constexpr bool kIsVariant<std::variant<Values...>> = true;

template <class Value>
concept HasOwnJson = requires(Json json, Value& value) {
  json = json_of(value);
  read_value(json, std::string(), value);
};

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
      if constexpr (kIsOptional<std::remove_cvref_t<decltype(member)>>) {
        if (!member) return;
      }
      json[name] = to_json(member);
    });
    return json;
  } else if constexpr (kIsConfigList<Value>) {
    Json json = Json::array();
    for (const auto& element : value) json.push_back(to_json(element));
    return json;
  } else if constexpr (kIsOptional<Value>) {
    return value ? to_json(*value) : Json();
  } else if constexpr (kIsVariant<Value>) {
    return std::visit([](const auto& held) { return to_json(held); }, value);
  } else if constexpr (Named<Value>) {
    return name_of(value);
  } else if constexpr (HasOwnJson<const Value> || HasOwnJson<Value>) {
    return json_of(value);
  } else {
    return value;
  }
}

/// Whether a Value may be what `json` is, by JSON's own types.
template <class Value>
bool looks_like(const Json& json) {
  if constexpr (std::is_same_v<Value, bool>) {
    return json.is_boolean();
  } else if constexpr (std::is_integral_v<Value>) {
    return is_integer_of<Value>(json);
  } else if constexpr (Named<Value>) {
    return json.is_string();
  } else {
    return true;
  }
}

/// One value that is no list and has no fields.
template <class Value>
void read_plain(const Json& json, const std::string& where, Value& value) {
  const auto expected = [&] {
    return concat(where, ": expected a value like ", Json(value).dump(), ", got ", json.dump());
  };
  // JSON converts numbers among each other in silence.
  if (!looks_like<Value>(json)) throw ConfigError(expected());
  try {
    value = json.template get<Value>();
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(expected());
  }
}

template <Named Value>
void read_name(const Json& json, const std::string& where, Value& value) {
  const auto given = json.is_string() ? json.get<std::string>() : json.dump();
  const auto known = value_named<Value>(given);
  check<ConfigError>(known.has_value(), where, ": ", expected_names<Value>(given));
  value = *known;
}

template <class Value>
void read_json(const Json& json, const std::string& where, Value& value);

/// The first of the variant's types that `json` looks like; else the error of the last one.
template <class... Values>
void read_variant(const Json& json, const std::string& where, std::variant<Values...>& value) {
  constexpr auto kLast = sizeof...(Values) - 1;
  std::size_t index = 0;
  bool found = false;
  const auto try_one = [&]<class Held>(Held held) {
    if (!found && (index == kLast || looks_like<Held>(json))) {
      read_json(json, where, held);
      value = held;
      found = true;
    }
    ++index;
  };
  (try_one(Values()), ...);
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
  } else if constexpr (kIsConfigList<Value>) {
    check<ConfigError>(json.is_array(), where, ": expected a JSON array, got ", json.type_name());
    value.clear();
    for (const auto& element : json) {
      const auto place = concat(where, "[", value.size(), "]");
      read_json(element, place, value.emplace_back());
    }
  } else if constexpr (kIsOptional<Value>) {
    value.reset();
    if (!json.is_null()) read_json(json, where, value.emplace());
  } else if constexpr (kIsVariant<Value>) {
    read_variant(json, where, value);
  } else if constexpr (Named<Value>) {
    read_name(json, where, value);
  } else if constexpr (HasOwnJson<Value>) {
    read_value(json, where, value);
  } else {
    read_plain(json, where, value);
  }
}

template <HasFields Config>
Config from_json(const Json& json, const std::string& where) {
  Config config;
  read_json(json, where, config);
  return config;
}

}  // namespace imagine
