/// Options from the lists of fields.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
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

/// A number from `least` to `most`, both included, which errors tell as `expected`; NaN is none.
inline CLI::Validator within(double least, double most, const std::string& expected) {
  return CLI::Validator(
      [=](const std::string& given) {
        double number = 0;
        const bool is_number = CLI::detail::lexical_cast(given, number);
        const bool fits = is_number && number >= least && number <= most;
        return fits ? std::string() : concat("expected ", expected, ", got ", given);
      },
      "");
}

/// Any text but an empty one, which a script's unset variable makes.
inline CLI::Validator something() {
  return CLI::Validator(
      [](const std::string& given) {
        return given.empty() ? std::string("expected a value, got nothing") : std::string();
      },
      "");
}

template <class Number>
CLI::Validator between(Number least, Number most) {
  return within(double(least), double(most), concat(least, " to ", most));
}

/// Not `low` itself, as a share of nothing.
inline CLI::Validator above(double low, double most) {
  return within(std::nextafter(low, most), most, concat("more than ", low, ", at most ", most));
}

/// Up to what the type holds.
template <class Number>
CLI::Validator at_least(Number least) {
  return within(double(least), double(std::numeric_limits<Number>::max()),
                concat("at least ", least));
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
