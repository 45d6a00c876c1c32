// imagine: the commands that draw. What else there is, imagine-workshop beside it does: it needs
// many more libraries, and a picture is not to wait for them.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstring>
#include <iostream>
#include <string_view>
#include <unistd.h>

#include "cli/command.h"
#include "cli/known_models.h"
#include "cli/memory.h"

namespace {

using imagine::cli::Program;

constexpr std::array<std::string_view, 4> kCommands = {"generate", "edit", "upscale", "info"};

/// Whether the first argument is a command that draws, or a prompt: something with a blank in it.
/// Sheets have captions, which are drawn with the other program's libraries; files of prompts take
/// so long that loading these is nothing.
bool draws(int argc, char** argv) {
  if (argc < 2) return false;
  const std::string_view first = argv[1];
  const bool is_prompt = !first.starts_with('-') && first.find(' ') != first.npos;
  const bool is_command = std::ranges::find(kCommands, first) != kCommands.end();
  const auto asks_for_more = [](std::string_view argument) {
    return argument.starts_with("--gri") || argument.starts_with("--promp");
  };
  return (is_prompt || is_command) && std::none_of(argv + 1, argv + argc, asks_for_more);
}

/// Becomes the program that has all commands.
int become_workshop(char** argv) {
  const auto program = imagine::cli::workshop_program();
  execv(program.c_str(), argv);
  std::cerr << "imagine: " << program.string() << ": cannot be run: " << std::strerror(errno)
            << std::endl;
  return 4;
}

void add_commands(CLI::App& app) {
  imagine::cli::add_generate(app);
  imagine::cli::add_edit(app);
  imagine::cli::add_upscale(app);
  imagine::cli::add_info(app);
}

}  // namespace

int main(int argc, char** argv) {
  if (!draws(argc, argv)) return become_workshop(argv);
  imagine::cli::keep_freed_memory();
  return imagine::cli::run(argc, argv, Program{.add_commands = add_commands});
}
