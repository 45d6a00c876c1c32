#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"
#include "core/check.h"

namespace imagine::cli {
namespace {

/// What `visit` says of every command, nested ones under their path: "dataset encode".
template <class Visit>
void each_command(const CLI::App& app, const std::string& path, const Visit& visit) {
  for (const auto* command : shown_commands(app)) {
    const auto name = concat(path, path.empty() ? "" : " ", command->get_name());
    visit(name, *command);
    each_command(*command, name, visit);
  }
}

/// In a shell's single quotes.
std::string quoted(std::string text) {
  for (auto at = text.find('\''); at != text.npos; at = text.find('\'', at + 4)) {
    text.replace(at, 1, "'\\''");
  }
  return concat('\'', text, '\'');
}

std::vector<std::string> flags_of(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const auto& name : option.get_snames()) flags.push_back("-" + name);
  for (const auto& name : option.get_lnames()) flags.push_back("--" + name);
  return flags;
}

/// What may stand in the place of a word: options, commands below.
std::string words_of(const CLI::App& command) {
  std::string words;
  for (const auto* below : shown_commands(command)) words += below->get_name() + " ";
  for (const auto* option : shown_options(command)) {
    for (const auto& flag : flags_of(*option)) words += flag + " ";
  }
  return words;
}

/// Every option with few values: its flags, and they.
template <class Visit>
void each_choice(const CLI::App& command, const Visit& visit) {
  for (const auto* option : shown_options(command)) {
    std::string values;
    for (const auto& choice : choices_of(*option)) values += choice + " ";
    if (!values.empty()) visit(flags_of(*option), values);
  }
}

/// A function of any shell: of the first two words, the one before the one that is completed, and
/// that one's place it says what may stand there.
void write_words(const CLI::App& app, std::ostream& out) {
  out << "_imagine_words() { # FIRST SECOND BEFORE PLACE\n"
         "  imagine_command=$1 imagine_words= imagine_values=\n"
         "  case \"$1 $2\" in\n";
  each_command(app, "", [&](const std::string& path, const CLI::App&) {
    if (path.find(' ') == path.npos) return;
    out << "    " << quoted(path) << ") imagine_command=" << quoted(path) << " ;;\n";
  });
  std::string names = "help version";
  for (const auto* command : shown_commands(app)) names += " " + command->get_name();
  out << "  esac\n"
         "  case "
      << quoted(" " + names + " ")
      << " in *\" $1 \"*) ;; *) imagine_command=generate ;; esac # a prompt\n"
         "  [ \"$4\" -gt 1 ] || imagine_command=\n"
         "  case \"$imagine_command\" in\n"
         "    '') imagine_words="
      << quoted(words_of(app) + "help version") << " ;;\n";
  each_command(app, "", [&](const std::string& path, const CLI::App& command) {
    out << "    " << quoted(path) << ")\n      imagine_words=" << quoted(words_of(command))
        << "\n      case \"$3\" in\n";
    each_choice(command, [&](const std::vector<std::string>& flags, const std::string& values) {
      out << "        ";
      for (std::size_t i = 0; i < flags.size(); ++i) out << (i ? " | " : "") << flags[i];
      out << ") imagine_values=" << quoted(values) << " ;;\n";
    });
    out << "      esac ;;\n";
  });
  out << "    help) imagine_words=" << quoted(words_of(app)) << " ;;\n"
      << "  esac\n}\n";
}

void write_bash(const CLI::App& app, std::ostream& out) {
  out << "# bash completion of imagine, printed by `imagine completion bash`\n";
  write_words(app, out);
  out << R"shell(_imagine() {
  local imagine_command imagine_words imagine_values word=${COMP_WORDS[COMP_CWORD]}
  _imagine_words "${COMP_WORDS[1]}" "${COMP_WORDS[2]:-}" "${COMP_WORDS[COMP_CWORD-1]}" "$COMP_CWORD"
  if [ -n "$imagine_values" ]; then
    COMPREPLY=($(compgen -W "$imagine_values" -- "$word"))
  elif [[ $word == -* || $COMP_CWORD -eq 1 || $imagine_command == help ]]; then
    COMPREPLY=($(compgen -W "$imagine_words" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _imagine imagine
)shell";
}

void write_zsh(const CLI::App& app, std::ostream& out) {
  out << "#compdef imagine\n"
         "# zsh completion of imagine, printed by `imagine completion zsh`\n";
  write_words(app, out);
  out << R"shell(_imagine() {
  local imagine_command imagine_words imagine_values
  _imagine_words "${words[2]}" "${words[3]}" "${words[CURRENT-1]}" "$((CURRENT - 1))"
  if [[ -n $imagine_values ]]; then
    compadd -- ${=imagine_values}
  elif [[ $PREFIX == -* || $CURRENT -eq 2 || $imagine_command == help ]]; then
    compadd -- ${=imagine_words}
  else
    _files
  fi
}
_imagine "$@"
)shell";
}

void write_fish(const CLI::App& app, std::ostream& out) {
  out << "# fish completion of imagine, printed by `imagine completion fish`\n";
  const auto command_line = [&](const CLI::App& command) {
    out << "complete -c imagine -n __fish_use_subcommand -a " << quoted(command.get_name())
        << " -d " << quoted(command.get_description()) << '\n';
  };
  for (const auto* command : shown_commands(app)) command_line(*command);
  each_command(app, "", [&](const std::string& path, const CLI::App& command) {
    const auto seen =
        concat("'__fish_seen_subcommand_from ", path.substr(path.rfind(' ') + 1), "'");
    for (const auto* below : shown_commands(command)) {
      out << "complete -c imagine -n " << seen << " -a " << quoted(below->get_name()) << " -d "
          << quoted(below->get_description()) << '\n';
    }
    for (const auto* option : shown_options(command)) {
      if (!option->nonpositional()) continue;
      out << "complete -c imagine -n " << seen;
      for (const auto& name : option->get_snames()) out << " -s " << name;
      for (const auto& name : option->get_lnames()) out << " -l " << name;
      if (option->get_items_expected_max() > 0) out << " -r";
      std::string values;
      for (const auto& choice : choices_of(*option)) values += choice + " ";
      if (!values.empty()) out << " -f -a " << quoted(values);
      out << " -d " << quoted(option->get_description()) << '\n';
    }
  });
}

}  // namespace

void add_completion(CLI::App& app) {
  auto* command = app.add_subcommand("completion", "Print a shell's completion of imagine");
  command->group("");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n  imagine completion bash > ~/.local/share/bash-completion/completions/imagine");
  command->callback([&app, shell] {
    const auto write = *shell == "bash" ? write_bash : *shell == "zsh" ? write_zsh : write_fish;
    write(app, std::cout);
  });
}

}  // namespace imagine::cli
