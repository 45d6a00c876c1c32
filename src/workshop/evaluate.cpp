#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "core/place.h"
#include "engine/installation.h"
#include "evaluate/evaluation.h"
#include "evaluate/fingerprint.h"
#include "io/file.h"
#include "io/folder_lock.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "workshop/command.h"
#include "workshop/model_fingerprint.h"

namespace imagine::workshop {

using namespace cli;

namespace {

namespace fs = std::filesystem;

constexpr int kJudgedSize = 64;  // pixels, if the model draws such

struct EvaluateArguments {
  std::string model = default_model(), against, out;
  Computation computation;
  NetworkChoice network;
  evaluate::EvaluationOptions options;
  bool quick = false;
};

/// Of all that a model's pictures depend on beside the requests.
std::string fingerprint_of(const fs::path& folder, const Computation& computation,
                           const NetworkChoice& network) {
  const auto& [model, engine] = computation;
  io::Fingerprint fingerprint;
  add_drawing_model(fingerprint, folder, model, network.loras);
  fingerprint.add(concat(engine.dtype, ' ', engine.device, ' ', !network.full));
  return fingerprint.text();
}

std::string name_of(const fs::path& folder, const std::vector<LoraUse>& loras = {}) {
  auto name = fs::weakly_canonical(folder).filename().string();
  for (const auto& lora : loras) name += "+" + fs::path(lora.file).stem().string();
  return name;
}

/// The model in a folder, with its pictures kept in `gallery`.
evaluate::Contestant contestant_of(const std::string& folder, const Computation& computation,
                                   const NetworkChoice& network, const fs::path& gallery) {
  const auto model = Model::open(folder, computation.model);
  const auto engine = std::make_shared<Engine>(computation.engine);
  std::vector<int> sizes;
  for (const auto& stage : model->info().stages) sizes.push_back(stage.size);
  const auto has = [&](int size) { return std::ranges::find(sizes, size) != sizes.end(); };
  const auto name = name_of(folder, network.loras);
  const auto draw = [model, engine, network](Request request) {
    if (request.stages.empty()) request.stages.emplace_back();
    for (auto& stage : request.stages) {
      if (network.full) stage.network = StageNetwork::base;
    }
    request.loras = network.loras;
    return engine->draw(model, request).at(0).image;
  };
  auto kept = std::make_shared<evaluate::Gallery>(
      gallery, concat(name, ' ', fingerprint_of(folder, computation, network)), draw);
  return {.name = name,
          .paint = [kept](const Request& request) { return kept->picture(request); },
          .size = has(kJudgedSize) ? kJudgedSize : sizes.front(),
          .enlarged = has(4 * kJudgedSize) ? 4 * kJudgedSize : 0,
          .weighs_words = model->info().weighs_words,
          .takes_control = model->info().takes_control};
}

/// What --quick says of the options that were not given.
void make_quick(const CLI::App& command, evaluate::EvaluationOptions& options) {
  auto preset = evaluate::EvaluationOptions::quick();
  preset.judges = options.judges;
  const auto json = to_json(preset);
  evaluate::EvaluationOptions::fields(options, [&](const char* name, auto& value, const char*) {
    if (command.count(flag_of(name)) == 0) read_json(json[name], name, value);
  });
}

void run_evaluate(EvaluateArguments arguments, const CLI::App& command) {
  auto& options = arguments.options;
  if (arguments.quick) make_quick(command, options);
  at_place<InputError>("", [&] { options.validate(); });
  const fs::path out =
      arguments.out.empty()
          ? concat("evaluation-", name_of(arguments.model, arguments.network.loras))
          : arguments.out;
  watch_interrupts();
  const io::FolderLock lock(out);
  const auto model =
      contestant_of(arguments.model, arguments.computation, arguments.network, out / "pictures");
  std::optional<evaluate::Contestant> other;
  if (!arguments.against.empty()) {
    // With changed weights the base draws: it is held against the other's base.
    const bool full = arguments.network.full || !arguments.network.loras.empty();
    other = contestant_of(arguments.against, arguments.computation, {.full = full},
                          out / concat("pictures-", name_of(arguments.against)));
  }
  ProgressLine progress(kLongWork);
  Pace pace;
  const auto report = evaluate::evaluate(options, model, other, [&](int done, int all) {
    progress.show(concat(done, "/", all, " pictures  ", time_left(pace.seconds_left(done, all))));
    return !interrupted();
  });
  progress.finish();
  io::write_json(out / "results.json", report.results);
  io::write_file(out / evaluate::kReport, evaluate::html_of(report));
  for (const auto& figure : report.figures) {
    if (figure.chapter != "sheet") continue;
    io::write_file(out / "sheet.webp", io::encode_image(figure.image, ImageFormat::webp));
  }
  for (const auto& line : evaluate::headlines_of(report.results)) std::cout << line << '\n';
  std::cout << (out / evaluate::kReport).string() << '\n';
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto* command = app.add_subcommand("evaluate", "Measure how well a model follows prompts");
  auto arguments = std::make_shared<EvaluateArguments>();
  arguments->options.judges = (engine::models_folder() / "judges").string();
  arguments->computation.model.upscaler = embedded_model();
  command->add_option("MODEL", arguments->model, "folder of the model")->capture_default_str();
  command->add_option("-o,--out", arguments->out,
                      "folder of the report and of the pictures; else evaluation-MODEL");
  command->add_option("--against", arguments->against,
                      "folder of another model: says which is better, with intervals");
  command->add_flag("--quick", arguments->quick, "a first look in a few minutes");
  add_fields(*command, arguments->options);
  add_computation_options(*command, arguments->computation);
  add_network_options(*command, arguments->network);
  command->footer(
      "Examples:\n  imagine evaluate --quick\n"
      "  imagine evaluate models/imagine-small --real judging --training dataset -o evaluation\n"
      "  imagine evaluate new --against models/imagine-small\n"
      "  imagine evaluate --quick --lora mug.safetensors --against models/imagine-small\n\n"
      "Writes report.html and results.json, and sheet.webp for --sheet. Pictures are kept: CTRL-C\n"
      "ends it, the same command goes on.");
  command->callback([arguments, command] { run_evaluate(*arguments, *command); });
}

}  // namespace imagine::workshop
