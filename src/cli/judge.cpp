#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/place.h"
#include "evaluate/judge_training.h"

namespace imagine::cli {
namespace {

std::string line_of(const evaluate::JudgeProgress& progress, Pace& pace) {
  std::ostringstream line;
  line << progress.views << "/" << progress.all << " views  loss " << std::fixed
       << std::setprecision(3) << progress.loss << "  "
       << time_left(pace.seconds_left(int(progress.views), int(progress.all)));
  return line.str();
}

void print(const evaluate::Ceiling& ceiling) {
  const auto& right = ceiling.right;
  const auto interval = right.interval();
  std::cout << std::left << std::setw(12) << evaluate::name_of(ceiling.task) << std::setw(10)
            << (ceiling.held_out ? "held out" : "seen") << std::right << std::fixed
            << std::setprecision(1) << std::setw(6) << 100 * right.value() << " %  ("
            << 100 * interval.low << " to " << 100 * interval.high << ", " << right.all << ")\n";
}

void run_judge(const evaluate::JudgeTraining& training) {
  at_place<InputError>("", [&] { training.validate(); });
  watch_interrupts();
  ProgressLine line;
  Pace pace;
  const auto ceilings = evaluate::train_judge(training, [&](const evaluate::JudgeProgress& p) {
    line.show(line_of(p, pace));
    return !interrupted();
  });
  line.finish();
  for (const auto& ceiling : ceilings) print(ceiling);
  std::cout << training.out << '\n';
}

}  // namespace

void add_judge(CLI::App& app) {
  auto* command = app.add_subcommand("judge", "Train what judges whether pictures follow prompts");
  auto training = std::make_shared<evaluate::JudgeTraining>();
  add_fields(*command, *training);
  command->get_option("--out")->required();
  command->get_option("--shards")->required();
  command->footer(
      "Examples:\n  imagine dataset --packages packages --out judge-data --parts judge --sizes 64"
      " --rows 20000\n  imagine judge --shards judge-data --out judges/first\n"
      "  imagine judge --shards judge-data --out judges/second --seed 2 --width 48 --depth 1\n\n"
      "Prints how often the judge is right about real scenes that it has not seen.");
  command->callback([training] { run_judge(*training); });
}

}  // namespace imagine::cli
