#include "cli/programs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace imagine::cli {
namespace {

constexpr std::array<std::string_view, 4> kDrawing = {"generate", "edit", "upscale", "info"};
constexpr std::array<std::string_view, 5> kTraining = {"train", "distill", "dreambooth", "judge",
                                                       "matcher"};

}  // namespace

std::filesystem::path program_beside(const std::string& name) {
  std::error_code unknown;
  auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return program.replace_filename(name);
}

const char* program_for(int argc, char** argv) {
  if (argc < 2) return kWorkshopProgram;
  const std::string_view first = argv[1];
  const bool is_prompt = !first.starts_with('-') && first.find(' ') != first.npos;
  const bool is_command = std::ranges::find(kDrawing, first) != kDrawing.end();
  // Sheets have captions, which are drawn with the other program's libraries; files of prompts take
  // so long that loading these is nothing.
  const auto asks_for_more = [](std::string_view argument) {
    return argument.starts_with("--gri") || argument.starts_with("--promp");
  };
  const bool draws =
      (is_prompt || is_command) && std::none_of(argv + 1, argv + argc, asks_for_more);
  return draws ? kDrawProgram : kWorkshopProgram;
}

void say_how_threads_wait(int argc, char** argv) {
  constexpr const char *kPolicy = "OMP_WAIT_POLICY", *kRounds = "GOMP_SPINCOUNT";
  constexpr int kKeep = 0;
  if (std::getenv(kPolicy) != nullptr) return;
  const bool trains = argc > 1 && std::ranges::find(kTraining, argv[1]) != kTraining.end();
  if (trains) {
    setenv(kPolicy, "passive", kKeep);
  } else {
    setenv(kRounds, "2000", kKeep);
  }
}

}  // namespace imagine::cli
