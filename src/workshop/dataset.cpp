#include "data/dataset.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/check.h"
#include "data/shard.h"
#include "io/image_file.h"
#include "train/encode_shards.h"
#include "viz/grid.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

constexpr const char* kExamples = R"(Examples:
  tools/fetch_packages.sh packages
  imagine dataset --packages packages --out data
  imagine dataset --packages packages --out data --rows 4000 --sizes 64 --parts objects
  imagine dataset --packages packages --out judge --parts judge --sizes 64 --rows 20000
  imagine dataset --packages packages --out data --sheet sheet.png
  imagine dataset encode --shards mine --out mine-encoded --text-encoder t5-v1_1-xxl
A build that was stopped goes on when the same command is given again.)";

struct Arguments {
  data::BuildFolders folders;
  data::DatasetOptions options;
  std::vector<std::string> parts = {std::begin(data::kParts), std::end(data::kParts)};
  std::string sheet;
};

std::string line_of(const data::BuildProgress& progress, Pace& pace) {
  return concat(progress.stage, "  ", progress.done, "/", progress.total, "  ",
                time_left(pace.seconds_left(progress.done, progress.total)));
}

ImageFormat sheet_format(const Arguments& arguments) {
  const auto extension = io::fs::path(arguments.sheet).extension().string();
  return io::image_format(extension.empty() ? arguments.sheet : extension.substr(1));
}

/// The first samples of every shard in turn, each with another of its captions, until the sheet is
/// full.
void write_sheet(const Arguments& arguments) {
  constexpr std::size_t kSamples = 48;
  constexpr int kColumns = 8, kCell = 160;
  const auto plans = data::plan_shards(arguments.options, arguments.parts);
  const auto per_shard = (kSamples + plans.size() - 1) / plans.size();
  std::vector<Image> images;
  std::vector<std::string> captions;
  for (const auto& plan : plans) {
    std::size_t taken = 0;
    data::read_shard(arguments.folders.out / plan.file, [&](data::Sample sample) {
      if (taken == per_shard || images.size() == kSamples) return;
      ++taken;
      captions.push_back(sample.captions[images.size() % sample.captions.size()].text);
      images.push_back(std::move(sample.image));
    });
  }
  const auto sheet = viz::labelled_sheet(images, captions, kColumns, kCell);
  io::write_file(arguments.sheet, io::encode_image(sheet, sheet_format(arguments)));
}

void build(const Arguments& arguments) {
  if (!arguments.sheet.empty()) sheet_format(arguments);  // refuses before hours of work
  watch_interrupts();
  try {
    ProgressLine line(kLongWork);
    Pace pace;
    data::build_dataset(arguments.folders, arguments.options, arguments.parts,
                        [&](const data::BuildProgress& progress) {
                          line.show(line_of(progress, pace));
                          return !interrupted();
                        });
    line.finish();
  } catch (const Interrupted& error) {
    throw Interrupted(concat(error.what(), "; the same command goes on from there"));
  }
  std::cout << (arguments.folders.out / "manifest.json").string() << '\n';
  if (arguments.sheet.empty()) return;
  write_sheet(arguments);
  std::cout << arguments.sheet << '\n';
}

std::string line_of(const train::EncodeProgress& progress, Pace& pace) {
  return concat("shard ", progress.shard, "/", progress.shards, "  ", progress.captions,
                " captions  ", time_left(pace.seconds_left(progress.shard, progress.shards)));
}

void encode(const train::EncodeOptions& options) {
  watch_interrupts();
  ProgressLine line(kLongWork);
  Pace pace;
  const auto done = train::encode_shards(options, [&](const train::EncodeProgress& progress) {
    line.show(line_of(progress, pace));
    return !interrupted();
  });
  for (const auto& [fault, samples] : done.without) line.note(data::told(fault, samples));
  line.finish();
  std::cout << options.out << '\n';
}

void add_encode(CLI::App& dataset) {
  auto& command = *dataset.add_subcommand(
      "encode", "Put a text encoder's states into shards, so that training need not encode");
  const auto options = std::make_shared<train::EncodeOptions>();
  options->text_encoder = default_model() + "/text_encoder";
  add_fields(command, *options);
  for (const char* name : {"--shards", "--out"}) command.get_option(name)->required();
  command.footer(
      "Examples:\n  imagine dataset encode --shards mine --out mine-encoded\n"
      "  imagine dataset encode --shards a.tar,b.tar --out encoded --text-encoder t5-v1_1-xxl "
      "--device cuda\n\n"
      "The new shards are the old ones with a member more in each sample. CTRL-C ends it within\n"
      "seconds; the same command goes on.");
  command.callback([options] { encode(*options); });
}

}  // namespace

void add_dataset(CLI::App& app) {
  auto& command = *app.add_subcommand("dataset", "Build the training data from public packages");
  const auto arguments = std::make_shared<Arguments>();
  command.footer(kExamples);
  auto* packages =
      command.add_option("--packages", arguments->folders.packages, "folder of the packages");
  auto* out = command.add_option("-o,--out", arguments->folders.out, "folder of the shards");
  command.add_option("--parts", arguments->parts, "which parts to build: objects, scenes, judge")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--sheet", arguments->sheet,
                     "file *.png, *.jpg or *.webp: samples with their captions");
  add_fields(command, arguments->options);
  add_encode(command);
  command.callback([arguments, packages, out, &command] {
    if (!command.get_subcommands().empty()) return;  // which needs neither
    for (const auto* option : {packages, out}) {
      if (option->empty()) throw CLI::RequiredError(option->get_name());
    }
    build(*arguments);
  });
}

}  // namespace imagine::workshop
