#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "train/trainer.h"

namespace imagine::cli {
namespace {

std::string line_of(const train::Progress& p) {
  if (!p.preparing.empty()) return p.preparing;
  std::ostringstream line;
  line << "update " << p.update << "/" << p.updates << "  " << p.views / 1000 << " k views  loss "
       << std::fixed << std::setprecision(4) << p.loss << "  " << std::setprecision(1)
       << p.images_per_second << " images/s  " << time_left(p.seconds_left);
  return line.str();
}

void run_train(const std::string& path) {
  const auto config = train::read_train_config(path);
  watch_interrupts();
  ProgressLine progress;
  train::train(config, [&](const train::Progress& p) {
    if (!p.event.empty()) progress.note(p.event);
    progress.show(line_of(p));
    return !interrupted();
  });
  progress.finish();
  std::cout << config.out << "/stage\n";
}

}  // namespace

void add_train(CLI::App& app) {
  auto* command = app.add_subcommand("train", "Train a network; goes on where it was interrupted");
  auto path = std::make_shared<std::string>();
  command->add_option("CONFIG", *path, "what to train: a JSON file, see configs/")->required();
  command->footer(
      "Examples:\n  imagine train configs/base.json\n\nCTRL-C ends it within seconds; "
      "the same command goes on. The run's folder holds checkpoints/, log.jsonl,\n"
      "loss.svg, previews/ and stage/, the weights that a model folder takes.");
  command->callback([path] { run_train(*path); });
}

}  // namespace imagine::cli
