#include "io/lines.h"

#include <sstream>

#include "core/check.h"

namespace imagine::io {

std::vector<std::string> read_lines(const fs::path& path) {
  std::istringstream text(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  check<FormatError>(!lines.empty(), path.string(), ": expected lines of text, got none");
  return lines;
}

}  // namespace imagine::io
