/// The programs that the command `imagine` consists of; they lie beside each other.
#pragma once

#include <filesystem>
#include <string>

namespace imagine::cli {

inline constexpr const char* kDrawProgram = "imagine-draw";          ///< commands that draw
inline constexpr const char* kWorkshopProgram = "imagine-workshop";  ///< all commands

/// The program of that name beside the running one.
std::filesystem::path program_beside(const std::string& name);

/// Which of them does what the command line asks for: `imagine-workshop` needs many more libraries,
/// and a picture is not to wait for them.
const char* program_for(int argc, char** argv);

/// Says in the environment how threads wait for each other, which is read before a program begins;
/// what a person has set stays. The operations of one picture follow each other faster than a
/// thread wakes up: threads spin for a while before they sleep, far shorter than GCC's library has
/// it (docs/performance.md). Training computes its parts in threads of its own, and whoever spins
/// takes a core from the others: there they sleep at once.
void say_how_threads_wait(int argc, char** argv);

}  // namespace imagine::cli
