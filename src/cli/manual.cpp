#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/help.h"
#include "core/check.h"

namespace imagine::cli {
namespace {

/// As man reads it: no backslash or dash means anything, no line begins a request.
std::string troff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool begins_line = result.empty() || result.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

void write_options(const CLI::App& command, std::ostream& out) {
  for (const auto* option : shown_options(command)) {
    if (option == command.get_help_ptr()) continue;
    const auto value = value_of(*option);
    out << ".TP\n\\fB" << troff(name_of(*option)) << "\\fR"
        << (value.empty() ? "" : " \\fI" + troff(value) + "\\fR") << '\n'
        << troff(description_of(*option)) << '\n';
  }
}

void write_command(const CLI::App& command, std::ostream& out) {
  out << ".SH \"" << troff(path_of(command)) << "\"\n" << troff(command.get_description()) << ".\n";
  write_options(command, out);
  if (const auto footer = command.get_footer(); !footer.empty()) {
    out << ".PP\n.nf\n" << troff(footer) << "\n.fi\n";
  }
  for (const auto* below : shown_commands(command)) write_command(*below, out);
}

void write_manual(const CLI::App& app, std::ostream& out) {
  out << ".TH IMAGINE 1 \"\" \"imagine 0.1.0\"\n"
         ".SH NAME\nimagine \\- draw pictures from text by cascaded diffusion\n"
         ".SH SYNOPSIS\n.B imagine\n\\(dqPROMPT\\(dq [OPTIONS]\n.br\n.B imagine\nCOMMAND "
         "[OPTIONS]\n"
         ".SH DESCRIPTION\n.nf\n"
      << troff(app.get_footer()) << "\n.fi\n.SH COMMANDS\n";
  for (const auto* command : shown_commands(app)) {
    out << ".TP\n\\fB" << troff(command->get_name()) << "\\fR\n"
        << troff(command->get_description()) << '\n';
  }
  for (const auto* command : shown_commands(app)) write_command(*command, out);
  out << ".SH \"EXIT STATUS\"\n0 done, 2 bad arguments or input, 3 unusable file or model, 4 out "
         "of "
         "memory or disk, 130 interrupted.\n"
         ".SH ENVIRONMENT\n.TP\n\\fBIMAGINE_MODEL\\fR\nfolder of the model that is used where none "
         "is named\n.TP\n\\fBIMAGINE_CACHE\\fR\nfolder of what large text encoders made of "
         "prompts\n";
}

}  // namespace

void add_manual(CLI::App& app) {
  auto* command = app.add_subcommand("manual", "Print the manual page of imagine");
  command->group("");
  command->footer("Examples:\n  imagine manual | man -l -");
  command->callback([&app] { write_manual(app, std::cout); });
}

}  // namespace imagine::cli
