/// JSON Schemas of field lists (core/fields.h): what clients may send.
#pragma once

#include <string>
#include <type_traits>
#include <variant>

#include "core/request_json.h"
#include "serve/sent.h"

namespace imagine::serve {

template <class Value>
Json schema_of();

template <class... Values>
Json schema_of_one(const std::variant<Values...>&) {
  return {{"anyOf", Json::array({schema_of<Values>()...})}};
}

/// Of a field list an object with each field's meaning; enumerations list their names.
template <class Value>
Json schema_of() {
  if constexpr (std::is_same_v<Value, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<Value, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<Value>) {
    return {{"type", "integer"}};
  } else if constexpr (std::is_floating_point_v<Value>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_same_v<Value, SentPicture> || std::is_same_v<Value, Source>) {
    return {{"type", "string"}, {"format", "byte"}};
  } else if constexpr (std::is_same_v<Value, Box>) {
    return {{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 4}, {"maxItems", 4}};
  } else if constexpr (std::is_same_v<Value, Json>) {
    return Json::object();
  } else if constexpr (Named<Value>) {
    return {{"type", "string"}, {"enum", all_names<Value>()}};
  } else if constexpr (kIsOptional<Value>) {
    return schema_of<typename Value::value_type>();
  } else if constexpr (kIsVariant<Value>) {
    return schema_of_one(Value());
  } else if constexpr (HasFields<Value>) {
    Json properties = Json::object();
    Value value;
    Value::fields(value, [&](const char* name, auto& member, const char* meaning) {
      auto schema = schema_of<std::remove_cvref_t<decltype(member)>>();
      schema["description"] = meaning;
      properties[name] = schema;
    });
    return {{"type", "object"}, {"properties", properties}};
  } else {  // a list
    return {{"type", "array"}, {"items", schema_of<typename Value::value_type>()}};
  }
}

}  // namespace imagine::serve
