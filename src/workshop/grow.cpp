#include "train/grow.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

void add_grow(CLI::App& app) {
  struct Options {
    std::filesystem::path from, to;
    std::int64_t depth = 0;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "grow",
      "Make a deeper base that draws what a shallower one draws, to be trained on from there");
  command
      ->add_option(
          "BASE", options->from,
          "Folder of a base (config.json, model.safetensors): of a model, or a run's stage/")
      ->required();
  command->add_option("--depth", options->depth, "transformer blocks, more than it has")
      ->required();
  command->add_option("--to", options->to, "The folder to make")->required();
  command->footer(
      "Examples:\n"
      "  imagine grow models/imagine-small/base --depth 24 --to runs/grown\n"
      "then \"start_from\": \"runs/grown\" in the config of `imagine train`, which takes the depth "
      "from there.");
  command->callback([options] {
    train::grow_base(options->from, options->depth, options->to);
    std::cout << options->to.string() << '\n';
  });
}

}  // namespace imagine::workshop
