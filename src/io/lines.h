/// Lists that people write: one thing a line.
#pragma once

#include <string>
#include <vector>

#include "io/file.h"

namespace imagine::io {

/// The lines of a text file that are not empty, without their ends. FormatError if it has none.
std::vector<std::string> read_lines(const fs::path& path);

}  // namespace imagine::io
