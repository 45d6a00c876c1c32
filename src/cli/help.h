/// What commands and options are, in words: for --help, the manual and shells.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace imagine::cli {

/// "-o,--output", or a positional's name.
std::string name_of(const CLI::Option& option);
/// What stands behind the name: "FILE", "N", "LIST", "auto|bf16|fp32"; empty for a flag.
std::string value_of(const CLI::Option& option);
/// What is chosen from, where little is: {"auto", "bf16", "fp32"}.
std::vector<std::string> choices_of(const CLI::Option& option);
/// The description with range and default.
std::string description_of(const CLI::Option& option);

/// The commands that help lists.
std::vector<const CLI::App*> shown_commands(const CLI::App& app);
/// The options that help lists.
std::vector<const CLI::Option*> shown_options(const CLI::App& app);

/// Descriptions beside names, broken at 100 columns.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
};

}  // namespace imagine::cli
