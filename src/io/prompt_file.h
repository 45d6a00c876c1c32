/// Lists of prompts that people write, one a line.
#pragma once

#include <string>
#include <vector>

#include "io/file.h"

namespace imagine::io {

/// The lines of a text file that are not empty, without their ends. InputError if it has none.
std::vector<std::string> read_prompts(const fs::path& path);

}  // namespace imagine::io
