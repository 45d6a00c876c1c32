/// Options from the lists of fields.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "core/fields.h"

namespace imagine::cli {

/// rows_per_shard becomes --rows-per-shard.
inline std::string flag_of(const char* field) {
  std::string flag = std::string("--") + field;
  for (char& c : flag) c = c == '_' ? '-' : c;
  return flag;
}

/// An option for each field, nested ones included.
template <class Options>
void add_fields(CLI::App& command, Options& options) {
  Options::fields(options, [&](const char* name, auto& value, const char* help) {
    if constexpr (HasFields<std::remove_cvref_t<decltype(value)>>) {
      add_fields(command, value);
    } else {
      command.add_option(flag_of(name), value, help)->delimiter(',')->capture_default_str();
    }
  });
}

}  // namespace imagine::cli
