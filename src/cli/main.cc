#include "cli/command.h"

int main(int argc, char** argv) { return imagine::cli::run(argc, argv); }
