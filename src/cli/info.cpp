#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"
#include "cli/progress.h"
#include "imagine/image_file.h"

namespace imagine::cli {
namespace {

void run_info(const std::string& path, bool as_json) {
  const auto origin = origin_of(path);
  std::cout << (as_json ? origin.json : without_controls(origin.text)) << '\n';
}

}  // namespace

void add_info(CLI::App& app) {
  auto* command =
      app.add_subcommand("info", "Say how a picture was made, and the command that makes it again");
  auto path = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  command->add_option("FILE", *path, kReadFormats)->required();
  command->add_flag("--json", *as_json, "print the same as JSON");
  command->footer(
      "Of other programs it reads what AUTOMATIC1111's, ComfyUI, InvokeAI and NovelAI write.\n\n"
      "Examples:\n  imagine info apple.png\n  imagine info --json apple.png");
  command->callback([path, as_json] { run_info(*path, *as_json); });
}

}  // namespace imagine::cli
