#include "bench/plan.h"

#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>

#include "cli/options.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

std::string gigabytes(std::int64_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << double(bytes) / 1e9 << " GB";
  return text.str();
}

std::string duration(double hours) {
  std::ostringstream text;
  text << std::fixed;
  if (hours < 2) {
    text << std::setprecision(hours < 0.1 ? 1 : 0) << hours * 60 << " minutes";
  } else {
    text << std::setprecision(hours < 10 ? 1 : 0) << hours << " hours";
  }
  return text.str();
}

void show_memory(const std::vector<bench::MemoryPlan>& plans, std::int64_t ranks) {
  constexpr int kName = 34, kColumn = 18;
  const auto row = [&](const std::string& name, const auto& cell) {
    std::cout << std::left << std::setw(kName) << name << std::right;
    for (const auto& plan : plans) std::cout << std::setw(kColumn) << cell(plan);
    std::cout << '\n';
  };
  const auto bytes = [&](const std::string& name, std::int64_t bench::MemoryPlan::*part) {
    row(name, [&](const bench::MemoryPlan& plan) { return gigabytes(plan.*part); });
  };
  row("memory of a rank", [](const bench::MemoryPlan& plan) { return plan.how; });
  bytes("  weights", &bench::MemoryPlan::weights);
  bytes("  gradients", &bench::MemoryPlan::gradients);
  bytes(
      ranks > 1 ? concat("  moments and averages, of ", ranks, " ranks") : "  moments and averages",
      &bench::MemoryPlan::moments);
  bytes("  activations", &bench::MemoryPlan::activations);
  bytes("  weights that move or are written", &bench::MemoryPlan::update);
  bytes("  program and text encoder", &bench::MemoryPlan::program);
  bytes("  sum", &bench::MemoryPlan::sum);
  if (ranks > 1) bytes("  with all moments on each rank", &bench::MemoryPlan::alone);
}

void show(const bench::Plan& plan, std::int64_t ranks) {
  std::cout << std::fixed << std::setprecision(1) << double(plan.parameters) / 1e6
            << " M parameters, " << plan.views << " pictures in " << plan.updates << " updates\n"
            << "an evaluation of a picture " << plan.gflop_evaluation << " GFLOP, learning from it "
            << plan.gflop_picture << " GFLOP, moving the weights " << plan.gflop_update
            << " GFLOP\n\n";
  show_memory(plan.memory, ranks);
  std::cout << "\nabout " << duration(plan.hours) << " at " << std::setprecision(2)
            << plan.gflops / 1e3 << " TFLOP/s";
  if (plan.kwh > 0) std::cout << ", " << std::setprecision(2) << plan.kwh << " kWh";
  std::cout << '\n';
}

}  // namespace

void add_plan(CLI::App& app) {
  auto* command = app.add_subcommand("plan", "Say what a training needs, before it begins");
  auto options = std::make_shared<bench::PlanOptions>();
  auto json = std::make_shared<bool>(false);
  command->add_option("CONFIG", options->config, "what would be trained, see configs/")->required();
  add_fields(*command, *options);
  command->add_flag("--json", *json, "for programs");
  command->footer(
      "Examples:\n  imagine plan configs/base.json\n"
      "  imagine plan configs/ladder/base-400m.json --ranks 8 --threads 1 --tflops 200 --watts "
      "700\n\n"
      "Operations and memory are measured on two shallow copies of the network, the time on the\n"
      "network itself where it has less than 40 M parameters, else on a copy of two blocks: on "
      "this\n"
      "machine's processor, also where the config says cuda, and with captions of 32 words. What\n"
      "runs beside it counts too.");
  command->callback([options, json] {
    const auto plan = bench::plan_of(*options);
    if (*json) {
      std::cout << to_json(plan).dump() << std::endl;
    } else {
      show(plan, options->ranks);
    }
  });
}

}  // namespace imagine::workshop
