/// The config that stands beside a network's weights.
#pragma once

#include "core/place.h"
#include "io/json_file.h"

namespace imagine::io {

/// FOLDER/config.json, checked. ConfigError or FormatError naming the file and the field.
template <class Config>
Config read_config(const fs::path& folder) {
  const auto file = folder / "config.json";
  const auto config = from_json<Config>(read_json(file), file.string());
  at_place(concat(file.string(), ": "), [&] { config.validate(); });
  return config;
}

}  // namespace imagine::io
