#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/unet.h"
#include "cli/command.h"

namespace imagine::cli {
namespace {

struct BenchArguments {
  std::string config;
  bench::UnetOptions unet;
};

void run_unet(const BenchArguments& arguments) {
  for (const auto& timing : bench::time_unet(arguments.config, arguments.unet)) {
    std::cout << to_json(timing).dump() << std::endl;
  }
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Time parts of the program on this machine");
  command->require_subcommand(1);
  auto* unet = command->add_subcommand("unet", "One evaluation of a U-Net of DeepFloyd IF");
  auto arguments = std::make_shared<BenchArguments>();
  auto& options = arguments->unet;
  unet->add_option("CONFIG", arguments->config, "diffusers' config.json of the network")
      ->required();
  unet->add_option("--size", options.size, "side in pixels; else the network's own");
  unet->add_option("--batch", options.batch, "pictures at once; 2: one guided step of one")
      ->capture_default_str();
  unet->add_option("--dtype", options.dtype, "of weights and computation")
      ->check(CLI::IsMember({"auto", "bf16", "fp32"}))
      ->capture_default_str();
  unet->add_option("--runs", options.runs, "how many are measured")->capture_default_str();
  command->footer(
      "Prints one JSON object a line, with the median time. Weights are random.\n\n"
      "Example:\n  imagine bench unet IF/stage1/unet/config.json --dtype bf16");
  unet->callback([arguments] { run_unet(*arguments); });
}

}  // namespace imagine::cli
