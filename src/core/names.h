/// Enumerations whose values have names: in JSON, as options, in messages.
///
/// An enumeration gets them from a function beside it, found by its argument, whose result lists
/// the names in the order of the values:
///   constexpr std::array<const char*, 2> names_of(Side) { return {"left", "right"}; }
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/check.h"
#include "core/nearest.h"

namespace imagine {

template <class Value>
concept Named = std::is_enum_v<Value> && requires(Value value) {
  names_of(value);
};

template <Named Value>
std::string name_of(Value value) {
  return names_of(value).at(std::size_t(value));
}

template <Named Value>
std::vector<std::string> all_names() {
  const auto names = names_of(Value());
  return {names.begin(), names.end()};
}

/// The value of that name; nullopt where none has it.
template <Named Value>
std::optional<Value> value_named(const std::string& name) {
  const auto names = names_of(Value());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (name == names[i]) return Value(i);
  }
  return std::nullopt;
}

/// "expected a, b or c, got d; did you mean a?"
inline std::string expected_names(const std::string& given, const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    list += concat(i == 0 ? "" : i + 1 < names.size() ? ", " : " or ", names[i]);
  }
  const auto meant = nearest(given, names);
  return concat("expected ", list, ", got \"", given, '"',
                meant ? concat("; did you mean ", *meant, '?') : std::string());
}

template <Named Value>
std::string expected_names(const std::string& given) {
  return expected_names(given, all_names<Value>());
}

}  // namespace imagine
