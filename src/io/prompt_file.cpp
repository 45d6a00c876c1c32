#include "io/prompt_file.h"

#include <sstream>

#include "core/check.h"

namespace imagine::io {

std::vector<std::string> read_prompts(const fs::path& path) {
  std::istringstream text(read_file(path));
  std::vector<std::string> prompts;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) prompts.push_back(line);
  }
  check<InputError>(!prompts.empty(), path.string(), ": expected prompts, one a line, got none");
  return prompts;
}

}  // namespace imagine::io
