#include <CLI/CLI.hpp>
#include <iostream>

#include "cascade/recipe.h"
#include "cli/command.h"
#include "core/fields.h"

namespace imagine::cli {
namespace {

void run_info(const std::string& path, bool as_json) {
  const auto bytes = io::read_file(path);
  const auto provenance = io::read_provenance(bytes, path);
  const auto recipe = cascade::recipe_of(provenance, path);
  if (as_json) {
    std::cout << (recipe ? to_json(*recipe) : Json::object()).dump(2) << '\n';
    return;
  }
  if (!provenance.parameters.empty()) std::cout << provenance.parameters << "\n\n";
  if (recipe) std::cout << cascade::command_of(*recipe) << '\n';
  check<InputError>(recipe || !provenance.parameters.empty(), path,
                    ": expected a picture that says how it was made, found nothing of that kind");
}

}  // namespace

void add_info(CLI::App& app) {
  auto* command =
      app.add_subcommand("info", "Say how a picture was made, and the command that makes it again");
  auto path = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  command->add_option("FILE", *path, "PNG, JPEG or WebP")->required();
  command->add_flag("--json", *as_json, "print the recipe as JSON");
  command->footer("Examples:\n  imagine info apple.png\n  imagine info --json apple.png");
  command->callback([path, as_json] { run_info(*path, *as_json); });
}

}  // namespace imagine::cli
