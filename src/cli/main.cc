// imagine: becomes the program that does what the command line asks for. It loads no
// library but the language's own, so this takes a millisecond.

#include <cerrno>
#include <cstring>
#include <iostream>
#include <unistd.h>

#include "cli/programs.h"

int main(int argc, char** argv) {
  using namespace imagine::cli;
  say_how_threads_wait(argc, argv);
  const auto program = program_beside(program_for(argc, argv));
  execv(program.c_str(), argv);
  std::cerr << "imagine: " << program.string() << ": cannot be run: " << std::strerror(errno)
            << std::endl;
  return 4;
}
