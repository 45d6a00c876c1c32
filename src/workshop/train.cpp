#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/known_models.h"
#include "cli/next.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/check.h"
#include "train/distill.h"
#include "train/dreambooth.h"
#include "train/ranks.h"
#include "train/run_model.h"
#include "train/trainer.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

std::string line_of(const train::Progress& p, Pace& pace) {
  if (!p.preparing.empty()) {
    return concat(p.preparing, "  ", p.prepared, "/", p.to_prepare, "  ",
                  time_left(pace.seconds_left(double(p.prepared), double(p.to_prepare))));
  }
  std::ostringstream line;
  // What matters most comes first: narrow terminals show the beginning.
  line << "update " << p.update << "/" << p.updates << std::fixed;
  if (p.seconds_left > 0) line << "  " << time_left(p.seconds_left);
  if (p.loss > 0) line << "  loss " << std::setprecision(4) << p.loss;
  if (p.images_per_second > 0) {
    line << "  " << std::setprecision(p.images_per_second < 1 ? 3 : 1) << p.images_per_second
         << " images/s";
  }
  line << "  " << short_count(p.views) << " views";
  return line.str();
}

/// Calls `work` with what shows its progress.
void with_progress(const std::function<void(const train::OnProgress&)>& work) {
  watch_interrupts();
  ProgressLine line(kLongWork);
  Pace pace;
  const bool shows = train::Ranks::all().leads();
  work([&](const train::Progress& progress) {
    if (!shows) return !interrupted();
    if (!progress.event.empty()) line.note(progress.event);
    line.show(line_of(progress, pace));
    return !interrupted();
  });
  line.finish();
}

/// Of a trial that is over before the run is, nothing needs to be told.
void train_until(const train::TrainConfig& config, std::int64_t updates) {
  bool enough = false;
  try {
    with_progress([&](const train::OnProgress& on_progress) {
      train::train(config, [&](const train::Progress& progress) {
        const bool goes_on = on_progress(progress);
        enough = updates > 0 && progress.preparing.empty() && progress.update >= updates;
        return goes_on && !enough;
      });
    });
  } catch (const Interrupted&) {
    if (!enough || interrupted()) throw;
  }
}

/// What the run left, and what draws with it.
void tell_result(const train::TrainConfig& config) {
  const auto prompt = config.preview_prompts.empty() ? "..." : config.preview_prompts.front();
  if (const auto model = train::model_of_run(config)) {
    std::cout << model->string() << std::endl;
    return tell_how_to_draw(prompt, {"--model", model->string()});
  }
  const auto stage = io::fs::path(config.out) / "stage";
  if (config.lora.rank == 0) {
    std::cout << stage.string() << '\n';
    return;
  }
  const auto changes = (stage / "lora.safetensors").string();
  std::cout << changes << '\n';
  std::vector<std::string> options = {"--lora", changes};
  const auto model = train::changed_model(config);
  if (!model.empty()) options.insert(options.begin(), {"--model", model.string()});
  tell_how_to_draw(prompt, options);
}

void run_train(const std::string& path, std::int64_t updates) {
  const auto& ranks = train::Ranks::all();  // first: of what is wrong, one of them tells
  const auto config = train::read_train_config(path);
  train_until(config, updates);
  if (ranks.leads()) tell_result(config);
}

/// What makes more than a run is not written for several processes.
void check_alone(const char* command) {
  const auto ranks = train::Ranks::all().size();
  check<InputError>(ranks == 1, command, ": expected one process, got ", ranks,
                    " ranks; `imagine train` shares its work");
}

void run_distill(const std::string& model, const train::DistillOptions& options) {
  check_alone("distill");
  with_progress(
      [&](const train::OnProgress& on_progress) { train::distill(model, options, on_progress); });
  std::cout << options.out << '\n';
  tell_how_to_draw("...", {"--model", options.out});
}

void run_dreambooth(const std::string& model, const train::DreamboothOptions& options) {
  check_alone("dreambooth");
  with_progress([&](const train::OnProgress& on_progress) {
    train::dreambooth(model, options, on_progress);
  });
  std::cout << options.out << '\n';
  std::vector<std::string> words = {"--lora", options.out};
  if (model != default_model()) words.insert(words.begin(), {"--model", model});
  tell_how_to_draw(options.prompt, words);
}

/// Takes from the preset what was not given.
void take_usual(const CLI::App& command, const train::DreamboothOptions& preset,
                train::DreamboothOptions& options) {
  const auto take = [&](const char* option, auto member) {
    if (command.count(option) == 0) options.*member = preset.*member;
  };
  take("--views", &train::DreamboothOptions::views);
  take("--priors", &train::DreamboothOptions::priors);
  take("--batch", &train::DreamboothOptions::batch);
  take("--learning-rate", &train::DreamboothOptions::learning_rate);
  take("--keep-weight", &train::DreamboothOptions::keep_weight);
}

}  // namespace

void add_train(CLI::App& app) {
  auto* command = app.add_subcommand("train", "Train a network; goes on where it was interrupted");
  auto path = std::make_shared<std::string>();
  auto updates = std::make_shared<std::int64_t>(0);
  command->add_option("CONFIG", *path, "what to train, or to fine-tune: a JSON file, see configs/")
      ->required();
  command
      ->add_option("--updates", *updates,
                   "a trial: end after so many updates of the run; without it the same command "
                   "goes on")
      ->check(between(std::int64_t(1), std::int64_t(1) << 53));
  command->footer(
      "Examples:\n  imagine train configs/own-pictures.json\n"
      "  imagine train configs/own-pictures.json --updates 2\n"
      "  mpirun -n 4 imagine train configs/base.json\n\n"
      "CTRL-C ends it within seconds; the same command goes on. The run's folder holds model/,\n"
      "which `imagine generate --model` draws with, checkpoints/, log.jsonl, loss.svg, previews/\n"
      "and stage/, what was trained alone.");
  command->callback([path, updates] { run_train(*path, *updates); });
}

void add_distill(CLI::App& app) {
  auto* command = app.add_subcommand(
      "distill", "Distil a model: teach a distilled network (a student) to draw in few steps");
  auto model = std::make_shared<std::string>(default_model());
  auto options = std::make_shared<train::DistillOptions>();
  command
      ->add_option("MODEL", *model,
                   "the model that teaches: its folder, or a name of `imagine models`")
      ->capture_default_str();
  add_fields(*command, *options);
  command->get_option("--out")->required();
  command->get_option("--shards")->required();
  command->footer(
      "Examples:\n  imagine distill runs/own-pictures/model --shards pictures --out fast\n"
      "  imagine distill models/imagine-small --shards dataset --out fast-8\n"
      "  imagine distill fast-8 --steps 4 --substeps 2 --shards dataset --out fast-4\n\n"
      "The model gets a distilled network beside its base, with the guidance built in: each step "
      "asks "
      "it\n"
      "once. It draws wherever neither steps, sampler, guidance, a negative prompt, an edit nor\n"
      "--lora is asked for. CTRL-C ends the training within seconds; the same command goes on.");
  command->callback(
      [model, options] { run_distill(cli::model_folder_of(*model).string(), *options); });
}

void add_dreambooth(CLI::App& app) {
  auto* command = app.add_subcommand(
      "dreambooth", "Fine-tune a model on one thing from a few pictures (DreamBooth, as LoRA)");
  auto model = std::make_shared<std::string>(default_model());
  auto options = std::make_shared<train::DreamboothOptions>();
  command
      ->add_option("MODEL", *model,
                   "the model that learns: its folder, or a name of `imagine models`")
      ->capture_default_str();
  add_fields(*command, *options);
  auto quick = std::make_shared<bool>(false);
  command->add_flag(
      "--quick", *quick,
      "a trial in about a minute: --views 120 --priors 12, too few to learn the thing "
      "well; of a MiniT2I --views 12 --priors 3");
  for (const char* name : {"--pictures", "--prompt", "--kind", "--out"}) {
    command->get_option(name)->required();
  }
  command->footer(
      "Examples:\n  imagine dreambooth --pictures mug --prompt \"a photo of a zwk mug\" "
      "--kind \"a photo of a mug\" --out mug.safetensors\n"
      "  imagine generate --lora mug.safetensors \"a photo of a zwk mug on grass\"\n"
      "  imagine dreambooth minit2i-b --pictures mug --prompt \"a zwk mug\" --kind \"a mug\" "
      "--out zwk.safetensors\n\n"
      "Where they are not given, a MiniT2I takes --views 800 --priors 20 --batch 1\n"
      "--learning-rate 1e-4 --keep-weight 1.\n"
      "What it shall go on drawing as now is drawn first. CTRL-C ends it within seconds; the same\n"
      "command goes on.");
  command->callback([command, model, options, quick] {
    const auto folder = cli::model_folder_of(*model).string();
    using Options = train::DreamboothOptions;
    take_usual(*command, *quick ? Options::quick(folder) : Options::usual(folder), *options);
    run_dreambooth(folder, *options);
  });
}

}  // namespace imagine::workshop
