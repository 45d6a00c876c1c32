#include "cli/command.h"
#include "cli/memory.h"

int main(int argc, char** argv) {
  imagine::cli::keep_freed_memory();
  return imagine::cli::run(argc, argv);
}
