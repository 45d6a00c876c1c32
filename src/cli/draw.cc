// imagine-draw: the commands that draw.

#include "cli/command.h"
#include "cli/memory.h"

namespace {

void add_commands(CLI::App& app) {
  imagine::cli::add_generate(app);
  imagine::cli::add_edit(app);
  imagine::cli::add_upscale(app);
  imagine::cli::add_info(app);
}

}  // namespace

int main(int argc, char** argv) {
  imagine::cli::keep_freed_memory();
  return imagine::cli::run(argc, argv, imagine::cli::Program{.add_commands = add_commands});
}
