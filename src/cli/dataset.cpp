#include "data/dataset.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/check.h"
#include "data/shard.h"
#include "io/grid.h"
#include "io/image_file.h"

namespace imagine::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  tools/fetch_packages.sh packages
  imagine dataset --packages packages --out data
  imagine dataset --packages packages --out data --rows 4000 --sizes 64 --parts objects
  imagine dataset --packages packages --out judge --parts judge --sizes 64 --rows 20000
  imagine dataset --packages packages --out data --sheet sheet.png
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

io::ImageFormat sheet_format(const Arguments& arguments) {
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
  const auto sheet = io::labelled_sheet(images, captions, kColumns, kCell);
  io::write_file(arguments.sheet, io::encode_image(sheet, sheet_format(arguments)));
}

void build(const Arguments& arguments) {
  if (!arguments.sheet.empty()) sheet_format(arguments);  // refuses before hours of work
  watch_interrupts();
  try {
    ProgressLine line;
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

}  // namespace

void add_dataset(CLI::App& app) {
  auto& command = *app.add_subcommand("dataset", "Build the training data from public packages");
  const auto arguments = std::make_shared<Arguments>();
  command.footer(kExamples);
  command.add_option("--packages", arguments->folders.packages, "Folder of the packages")
      ->required();
  command.add_option("-o,--out", arguments->folders.out, "Folder of the shards")->required();
  command.add_option("--parts", arguments->parts, "Which parts to build: objects, scenes, judge")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--sheet", arguments->sheet, "Picture of samples with their captions");
  add_fields(command, arguments->options);
  command.callback([arguments] { build(*arguments); });
}

}  // namespace imagine::cli
