/// What to do with what a command has made.
#pragma once

#include <string>
#include <vector>

namespace imagine::cli {

/// Prints the command that draws `prompt` with what was made, ready for a shell: "draw with it:
/// imagine generate ...". `options`: words after the prompt.
void tell_how_to_draw(const std::string& prompt, const std::vector<std::string>& options);

}  // namespace imagine::cli
