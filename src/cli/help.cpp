#include "cli/help.h"

#include <algorithm>
#include <sstream>

#include "core/check.h"

namespace imagine::cli {
namespace {

constexpr std::size_t kNames = 30;   // columns of the names
constexpr std::size_t kWidth = 100;  // columns of a line

/// CLI11's "TEXT:{a,b}" or "INT:INT in [1 - 9]" up to the colon.
std::string type_of(const CLI::Option& option) {
  const auto text = option.get_type_name();
  return text.substr(0, text.find(':'));
}

/// What stands between two marks of what CLI11 says of the type; empty: nothing does.
std::string between(const CLI::Option& option, const std::string& begin, char end) {
  const auto text = option.get_type_name();
  const auto from = text.find(begin);
  if (from == text.npos) return {};
  const auto to = text.find(end, from);
  return text.substr(from + begin.size(), to - from - begin.size());
}

bool is_list(const CLI::Option& option) {
  return option.get_expected_max() == CLI::detail::expected_max_vector_size ||
         option.get_type_name().ends_with("LIST");
}

/// A line "  NAME    description", the description going on below itself.
std::string entry(const std::string& name, const std::string& description) {
  std::string text = "  " + name, line;
  if (text.size() + 1 < kNames) {
    text.resize(kNames, ' ');
  } else {
    text += "\n" + std::string(kNames, ' ');
  }
  std::istringstream words(description);
  for (std::string word; words >> word;) {
    if (!line.empty() && kNames + line.size() + 1 + word.size() > kWidth) {
      text += line + "\n" + std::string(kNames, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return text + line + "\n";
}

}  // namespace

std::string name_of(const CLI::Option& option) {
  return option.get_name(option.get_positional(), !option.get_positional());
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  std::istringstream list(between(option, "{", '}'));
  std::vector<std::string> choices;
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

std::string value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0 || option.get_positional()) return {};
  std::string joined;
  for (const auto& choice : choices_of(option)) joined += (joined.empty() ? "" : "|") + choice;
  if (!joined.empty()) return joined;
  const auto type = type_of(option);
  const bool whole = type == "INT" || type == "UINT", number = type == "FLOAT";
  if (is_list(option) && (whole || number || type == "TEXT")) return "LIST";
  return whole ? "N" : number ? "NUMBER" : type;
}

std::string description_of(const CLI::Option& option) {
  auto text = option.get_description();
  auto range = between(option, " in [", ']');
  if (const auto dash = range.find(" - "); dash != range.npos) {
    text += concat(", ", range.substr(0, dash), " to ", range.substr(dash + 3));
  }
  auto usual = option.get_default_str();
  if (usual.starts_with('[') && usual.ends_with(']')) usual = usual.substr(1, usual.size() - 2);
  if (option.get_required()) text += " (required)";
  if (!usual.empty()) text += concat(" (default: ", usual, ")");
  return text;
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<const CLI::Option*> shown_options(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool) const {
  const auto value = value_of(*option);
  const bool given_again = is_list(*option) && option->get_positional();
  return entry(concat(name_of(*option), value.empty() ? "" : " ", value, given_again ? "..." : ""),
               description_of(*option));
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return entry(command->get_name(), command->get_description());
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  auto usage = CLI::Formatter::make_usage(app, name);
  const std::string label = "SUBCOMMAND";
  if (const auto at = usage.find(label); at != usage.npos)
    usage.replace(at, label.size(), "COMMAND");
  return usage;
}

}  // namespace imagine::cli
