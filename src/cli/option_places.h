/// Errors of requests in the words of the command line.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace imagine::cli {

/// A message that begins with the place of a request's field, as "control.until: expected ...",
/// with the option of `command` that sets it in its place: "--control-until: expected ...". One
/// that begins with anything else is as it was.
std::string in_options(const std::string& message, const CLI::App& command);

}  // namespace imagine::cli
