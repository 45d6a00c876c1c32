#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/train.h"
#include "bench/unet.h"
#include "cli/command.h"

namespace imagine::cli {
namespace {

void print(const bench::Timing& timing) { std::cout << to_json(timing).dump() << std::endl; }

/// The options that every benchmark has.
template <class Options>
void add_common(CLI::App& command, Options& options) {
  command.add_option("--dtype", options.dtype, "of weights and computation")
      ->check(CLI::IsMember({"auto", "bf16", "fp32"}))
      ->capture_default_str();
  command.add_option("--runs", options.runs, "how many are measured")->capture_default_str();
}

void add_unet(CLI::App& bench) {
  auto* command = bench.add_subcommand("unet", "One evaluation of a U-Net of DeepFloyd IF");
  auto config = std::make_shared<std::string>();
  auto options = std::make_shared<bench::UnetOptions>();
  command->add_option("CONFIG", *config, "diffusers' config.json of the network")->required();
  command->add_option("--size", options->size, "side in pixels; else the network's own");
  command->add_option("--batch", options->batch, "pictures at once; 2: one guided step of one")
      ->capture_default_str();
  add_common(*command, *options);
  command->callback([config, options] {
    for (const auto& timing : bench::time_unet(*config, *options)) print(timing);
  });
}

void add_training(CLI::App& bench) {
  auto* command = bench.add_subcommand("train", "One update of the base network");
  auto options = std::make_shared<bench::TrainOptions>();
  command->add_option("--config", options->config, "of a run; else the default network and AdamW");
  command->add_option("--batch", options->batch, "pictures of an update")->capture_default_str();
  add_common(*command, *options);
  command->callback([options] { print(bench::time_training(*options)); });
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Time parts of the program on this machine");
  command->require_subcommand(1);
  add_unet(*command);
  add_training(*command);
  command->footer(
      "Prints one JSON object a line, with the median time. Weights are random.\n\n"
      "Examples:\n  imagine bench unet IF/stage1/unet/config.json --dtype bf16\n"
      "  imagine bench train --batch 24");
}

}  // namespace imagine::cli
