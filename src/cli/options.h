/// Options from the lists of fields.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "core/check.h"
#include "core/fields.h"
#include "core/nearest.h"

namespace imagine::cli {

/// One of some names; where it is another, the nearest is told. Help and shells read them out of
/// the braces.
inline CLI::Validator one_of(const std::vector<std::string>& names) {
  const auto list = CLI::detail::join(names, ",");
  return CLI::Validator(
      [names](const std::string& given) {
        if (std::ranges::find(names, given) != names.end()) return std::string();
        const auto meant = nearest(given, names);
        return concat("expected ", CLI::detail::join(names, ", "), ", got ", given,
                      meant ? concat("; did you mean ", *meant, '?') : std::string());
      },
      "{" + list + "}");
}

/// A number from `least` to `most`, both included; NaN is none.
template <class Number>
CLI::Validator between(Number least, Number most) {
  return CLI::Validator(
      [least, most](const std::string& given) {
        double number = 0;
        const bool is_number = CLI::detail::lexical_cast(given, number);
        if (is_number && number >= double(least) && number <= double(most)) return std::string();
        return concat("expected ", least, " to ", most, ", got ", given);
      },
      "");
}

/// The same without an upper end but the type's own.
template <class Number>
CLI::Validator at_least(Number least) {
  return CLI::Validator(
      [least](const std::string& given) {
        double number = 0;
        const bool is_number = CLI::detail::lexical_cast(given, number);
        const bool fits = number <= double(std::numeric_limits<Number>::max());
        if (is_number && number >= double(least) && fits) return std::string();
        return concat("expected at least ", least, ", got ", given);
      },
      "");
}

/// rows_per_shard becomes --rows-per-shard.
inline std::string flag_of(const char* field) {
  std::string flag = std::string("--") + field;
  for (char& c : flag) c = c == '_' ? '-' : c;
  return flag;
}

template <class Value>
inline constexpr bool kIsList = false;
template <class Element>
inline constexpr bool kIsList<std::vector<Element>> = true;

/// An option for each field, nested ones included. Commas divide lists and nothing else: a text may
/// have them.
template <class Options>
void add_fields(CLI::App& command, Options& options) {
  Options::fields(options, [&](const char* name, auto& value, const char* help) {
    if constexpr (HasFields<std::remove_cvref_t<decltype(value)>>) {
      add_fields(command, value);
    } else {
      auto* option = command.add_option(flag_of(name), value, help)->capture_default_str();
      if constexpr (kIsList<std::remove_cvref_t<decltype(value)>>) option->delimiter(',');
    }
  });
}

}  // namespace imagine::cli
