#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"
#include "cli/progress.h"
#include "core/request_json.h"
#include "recipes/foreign_recipe.h"
#include "recipes/recipe.h"

namespace imagine::cli {
namespace {

/// Our recipe, or that of another program; null where there is none.
Json told_by(const io::Provenance& provenance, const std::optional<Recipe>& recipe) {
  Json json;
  if (recipe) {
    json = to_json(*recipe);
    json["command"] = recipes::command_of(*recipe);
  } else if (const auto foreign = recipes::foreign_recipe_of(provenance)) {
    json = recipes::json_of(*foreign);
  }
  if (!provenance.parameters.empty()) json["parameters"] = provenance.parameters;
  return json;
}

std::string text_of(const io::Provenance& provenance, const std::optional<Recipe>& recipe) {
  if (recipe) return provenance.parameters + "\n\n" + recipes::command_of(*recipe);
  const auto foreign = recipes::foreign_recipe_of(provenance);
  return foreign ? recipes::text_of(*foreign) : "";
}

void run_info(const std::string& path, bool as_json) {
  const auto bytes = io::read_file(path);
  const auto provenance = io::read_provenance(bytes, path);
  const auto recipe = recipes::recipe_of(provenance, path);
  const auto json = told_by(provenance, recipe);
  check<InputError>(!json.is_null(), path,
                    ": expected a picture that says how it was made, found nothing of that kind");
  std::cout << (as_json ? json.dump(2, ' ', false, Json::error_handler_t::replace)
                        : without_controls(text_of(provenance, recipe)))
            << '\n';
}

}  // namespace

void add_info(CLI::App& app) {
  auto* command =
      app.add_subcommand("info", "Say how a picture was made, and the command that makes it again");
  auto path = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  command->add_option("FILE", *path, io::kReadFormats)->required();
  command->add_flag("--json", *as_json, "print the same as JSON");
  command->footer(
      "Of other programs it reads what AUTOMATIC1111's, ComfyUI, InvokeAI and NovelAI write.\n\n"
      "Examples:\n  imagine info apple.png\n  imagine info --json apple.png");
  command->callback([path, as_json] { run_info(*path, *as_json); });
}

}  // namespace imagine::cli
