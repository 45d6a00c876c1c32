/// Options from the lists of fields.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "core/fields.h"

namespace imagine::cli {

/// An option for each field, nested ones included: rows_per_shard becomes --rows-per-shard.
template <class Options>
void add_fields(CLI::App& command, Options& options) {
  Options::fields(options, [&](const char* name, auto& value, const char* help) {
    if constexpr (HasFields<std::remove_cvref_t<decltype(value)>>) {
      add_fields(command, value);
    } else {
      std::string flag = std::string("--") + name;
      for (char& c : flag) c = c == '_' ? '-' : c;
      command.add_option(flag, value, help)->delimiter(',')->capture_default_str();
    }
  });
}

}  // namespace imagine::cli
