#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/check.h"
#include "core/place.h"
#include "evaluate/box_training.h"
#include "evaluate/judge_training.h"
#include "evaluate/matcher_training.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

std::string line_of(const evaluate::StudyProgress& progress, Pace& pace) {
  std::ostringstream line;
  line << progress.views << "/" << progress.all << " views  loss " << std::fixed
       << std::setprecision(3) << progress.loss << "  "
       << time_left(pace.seconds_left(double(progress.views), double(progress.all)));
  return line.str();
}

void print(const std::string& name, const std::string& kind, const evaluate::Share& right) {
  const auto interval = right.interval();
  std::cout << std::left << std::setw(14) << name << std::setw(18) << kind << std::right
            << std::fixed << std::setprecision(1) << std::setw(6) << 100 * right.value() << " %  ("
            << 100 * interval.low << " to " << 100 * interval.high << ", " << right.all << ")\n";
}

void print(const evaluate::Ceiling& ceiling) {
  print(std::string(evaluate::name_of(ceiling.task)), ceiling.held_out ? "held out" : "seen",
        ceiling.right);
}

void print(const evaluate::BoxCeiling& ceiling) {
  print(ceiling.bodies, "overlap >= 0.5", {.right = ceiling.half, .all = ceiling.all});
  print(ceiling.bodies, "overlap >= 0.75", {.right = ceiling.three_quarters, .all = ceiling.all});
  std::cout << std::left << std::setw(14) << ceiling.bodies << "mean overlap      " << std::fixed
            << std::setprecision(3) << ceiling.overlap << '\n';
}

void print(const evaluate::Recall& recall) {
  print(recall.group, "picture to text", recall.picture_to_text_1);
  print(recall.group, "text to picture", recall.text_to_picture_1);
}

/// Trains with progress on the terminal, then prints how good the network is.
template <class Training, class Train>
void study(const Training& training, const Train& train) {
  at_place<InputError>("", [&] { training.validate(); });
  watch_interrupts();
  ProgressLine line(kLongWork);
  Pace pace;
  const auto results = train(training, [&](const evaluate::StudyProgress& progress) {
    line.show(line_of(progress, pace));
    return !interrupted();
  });
  line.finish();
  for (const auto& result : results) print(result);
  std::cout << training.study.out << '\n';
}

template <class Training>
std::shared_ptr<Training> add_training(CLI::App& command) {
  auto training = std::make_shared<Training>();
  add_fields(command, *training);
  command.get_option("--shards")->required();
  return training;
}

}  // namespace

void add_judge(CLI::App& app) {
  auto* command = app.add_subcommand("judge", "Train what judges whether scenes follow prompts");
  const auto training = add_training<evaluate::JudgeTraining>(*command);
  const auto judge = std::make_shared<std::string>();
  auto* of = command->add_option(
      "--boxes-of", *judge,
      "folder of a judge: teaches it where bodies end, by --depth blocks (1), and nothing else");
  for (const char* option : {"--out", "--size", "--width"}) {
    of->excludes(command->get_option(option));
  }
  command->footer(
      "Examples:\n  imagine dataset --packages packages --out judging --parts judge --sizes 64"
      " --rows 16000\n  imagine judge --shards judging --out judges/first\n"
      "  imagine judge --shards judging --out judges/second --seed 2 --width 48 --depth 1\n"
      "  imagine judge --shards labelled --boxes-of judges/first --views 72000\n\n"
      "Prints how often the judge is right about real scenes that it has not seen. --boxes-of\n"
      "needs a dataset with --labels true, and prints how far boxes overlap with true ones.");
  command->callback([training, judge, command] {
    check<InputError>(!training->study.out.empty() || !judge->empty(),
                      "expected --out or --boxes-of");
    if (judge->empty()) return study(*training, evaluate::train_judge);
    evaluate::BoxTraining boxes{.study = training->study};
    boxes.study.out = *judge;
    if (command->count("--depth") > 0) boxes.boxes.depth = training->judge.depth;
    study(boxes, evaluate::train_boxes);
  });
}

void add_matcher(CLI::App& app) {
  auto* command = app.add_subcommand("matcher", "Train what tells which words a picture answers");
  const auto training = add_training<evaluate::MatcherTraining>(*command);
  command->get_option("--out")->required();
  command->footer(
      "Examples:\n  imagine matcher --shards judging --out judges/matcher\n\n"
      "Prints how often it finds the words of real pictures among a hundred, and the reverse.");
  command->callback([training] { study(*training, evaluate::train_matcher); });
}

}  // namespace imagine::workshop
