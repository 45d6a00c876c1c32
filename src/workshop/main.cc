#include "cli/memory.h"
#include "workshop/command.h"

int main(int argc, char** argv) {
  imagine::cli::keep_freed_memory();
  return imagine::cli::run(argc, argv, imagine::workshop::program());
}
