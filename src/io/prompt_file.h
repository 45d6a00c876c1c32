/// Lists of prompts that people write, one a line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/file.h"

namespace imagine::io {

/// A prompt, and the line of the file that it is, from 1.
struct ListedPrompt {
  std::string text;
  std::int64_t line = 0;
};

/// The lines of a text file that are not empty, without their ends and the mark that some editors
/// write before the first. InputError if it has none.
std::vector<ListedPrompt> read_listed_prompts(const fs::path& path);

/// The same without the numbers of the lines.
std::vector<std::string> read_prompts(const fs::path& path);

}  // namespace imagine::io
