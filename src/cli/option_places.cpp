#include "cli/option_places.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cli/options.h"
#include "core/check.h"
#include "core/number.h"

namespace imagine::cli {
namespace {

/// Fields whose options have other names, and those that lie deeper; of lists each member's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kOthers = {
    {{"control.layout", "--thing"},
     {"control.strength", "--control-strength"},
     {"control.until", "--control-until"},
     {"control.palette", "--palette"},
     {"control.edges", "--edges"},
     {"style.picture", "--style-from"},
     {"style.weight", "--style-weight"},
     {"style.until", "--style-until"},
     {"style", "--style-from"},
     {"regions", "--region"},
     {"extend", "--extend"}}};

/// "[2].box" is " 3: box".
std::string member_of_list(std::string_view rest) {
  const auto close = rest.find(']');
  if (close == rest.npos) return std::string(rest);
  const auto index = whole_number(rest.substr(1, close - 1));
  const auto member = rest.substr(close + 1);
  if (!index) return std::string(rest);
  return concat(' ', *index + 1, member.starts_with('.') ? ": " : "",
                member.substr(std::min<std::size_t>(1, member.size())));
}

std::string option_of(std::string_view place) {
  for (const auto& [field, option] : kOthers) {
    if (!place.starts_with(field)) continue;
    const auto rest = place.substr(field.size());
    if (rest.empty()) return std::string(option);
    if (rest.front() == '.') return concat(option, ": ", rest.substr(1));
    if (rest.front() == '[') return concat(option, member_of_list(rest));
  }
  return flag_of(std::string(place).c_str());
}

}  // namespace

std::string in_options(const std::string& message, const CLI::App& command) {
  const auto colon = message.find(": expected ");
  if (colon == message.npos) return message;
  const auto option = option_of(std::string_view(message).substr(0, colon));
  const auto name = option.substr(0, option.find_first_of(": "));
  if (command.get_option_no_throw(name) == nullptr) return message;
  return concat(option, message.substr(colon));
}

}  // namespace imagine::cli
