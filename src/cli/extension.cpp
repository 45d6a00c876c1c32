#include "cli/extension.h"

#include <sstream>
#include <string_view>

#include "core/check.h"
#include "core/number.h"
#include "core/trimmed.h"

namespace imagine::cli {
namespace {

/// Sets one side, or all where `name` is empty; whether there is such a side.
bool set_side(Extension& extension, std::string_view name, double part) {
  bool found = false;
  Extension::fields(extension, [&](const char* side, double& member, const char*) {
    if (!name.empty() && name != side) return;
    member = part, found = true;
  });
  return found;
}

}  // namespace

Extension extension_of(const std::string& text) {
  Extension extension;
  std::istringstream rest(text);
  for (std::string part; std::getline(rest, part, ',');) {
    const auto colon = part.find(':');
    const bool names_side = colon != part.npos;
    const auto name =
        names_side ? trimmed(std::string_view(part).substr(0, colon)) : std::string_view();
    const auto share =
        real_number(trimmed(std::string_view(part).substr(names_side ? colon + 1 : 0)));
    const bool is_read =
        share && (!names_side || !name.empty()) && set_side(extension, name, *share);
    check<InputError>(is_read, "--extend: expected left, right, top or bottom and a part of the ",
                      "picture, as \"right:0.5,left:0.25\", or a part for all sides, got \"", text,
                      '"');
  }
  return extension;
}

}  // namespace imagine::cli
