#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/data.h"
#include "bench/encoder.h"
#include "bench/mmjit.h"
#include "bench/pipeline.h"
#include "bench/sampler.h"
#include "bench/train.h"
#include "bench/unet.h"
#include "cli/drawing.h"
#include "cli/options.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

void print(const bench::Timing& timing) { std::cout << to_json(timing).dump() << std::endl; }

void add_timing(CLI::App& command, bench::TimingOptions& options) {
  command.add_option("--runs", options.runs, "how many are measured")->capture_default_str();
  command.add_flag("--profile", options.profile, "also the time of each kind of operation");
}

/// The options that every benchmark of a network has.
template <class Options>
void add_common(CLI::App& command, Options& options,
                const std::vector<std::string>& dtypes = {"auto", "bf16", "fp32"}) {
  command.add_option("--dtype", options.dtype, "of weights and computation")
      ->check(one_of(dtypes))
      ->capture_default_str();
  add_timing(command, options.timing);
}

void add_unet(CLI::App& bench) {
  auto* command = bench.add_subcommand("unet", "One evaluation of a U-Net of DeepFloyd IF");
  auto config = std::make_shared<std::string>();
  auto options = std::make_shared<bench::UnetOptions>();
  command->add_option("CONFIG", *config, "diffusers' config.json of the network")->required();
  command->add_option("--size", options->size, "side in pixels; else the network's own");
  command->add_option("--batch", options->batch, "pictures at once; 2: one guided step of one")
      ->capture_default_str();
  add_common(*command, *options);
  command->callback([config, options] {
    for (const auto& timing : bench::time_unet(*config, *options)) print(timing);
  });
}

const std::vector<std::string> kDtypesWithBytes = {"auto", "bf16", "fp32", "int8"};

void add_minit2i(CLI::App& bench) {
  auto* command = bench.add_subcommand("minit2i", "One evaluation of MiniT2I's network");
  auto folder = std::make_shared<std::string>();
  auto options = std::make_shared<bench::MmJitOptions>();
  command->add_option("FOLDER", *folder, "of the model")->required();
  command->add_option("--batch", options->batch, "pictures at once; 2: one guided step of one")
      ->capture_default_str();
  add_common(*command, *options, kDtypesWithBytes);
  command->callback([folder, options] { print(bench::time_mmjit(*folder, *options)); });
}

void add_encoder(CLI::App& bench) {
  auto* command = bench.add_subcommand("encoder", "One reading of prompts by a T5 encoder");
  auto options = std::make_shared<bench::EncoderOptions>();
  command->add_option("--config", options->config,
                      "Hugging Face's config.json of a T5; else T5-v1.1-large's sizes");
  command->add_option("--batch", options->batch, "prompts at once")->capture_default_str();
  command->add_option("--tokens", options->tokens, "of each prompt")->capture_default_str();
  add_common(*command, *options, kDtypesWithBytes);
  command->callback([options] { print(bench::time_encoder(*options)); });
}

void add_sampler(CLI::App& bench) {
  auto* command = bench.add_subcommand("sampler", "What sampling costs beside the network");
  auto options = std::make_shared<bench::SamplerOptions>();
  command
      ->add_option_function<std::string>(
          "--sampler",
          [options](const std::string& name) {
            options->sampler = *value_named<SamplerName>(name);
          },
          "of those that a flow can use")
      ->check(one_of(all_names<SamplerName>()))
      ->default_str(name_of(options->sampler));
  command->add_option("--steps", options->steps, "from noise to picture")->capture_default_str();
  command->add_option("--size", options->size, "side in pixels")->capture_default_str();
  command->add_option("--threshold", options->threshold, "dynamic thresholding; 0: none")
      ->capture_default_str();
  add_timing(*command, options->timing);
  command->callback([options] { print(bench::time_sampler(*options)); });
}

void add_training(CLI::App& bench) {
  auto* command = bench.add_subcommand("train", "One update of the base network");
  auto options = std::make_shared<bench::TrainOptions>();
  command->add_option("--config", options->config, "of a run; else the default network and AdamW");
  command->add_option("--batch", options->batch, "pictures of an update")->capture_default_str();
  add_common(*command, *options);
  command->callback([options] { print(bench::time_training(*options)); });
}

void add_data(CLI::App& bench) {
  auto* command = bench.add_subcommand("data", "Reading the pictures of a training");
  auto options = std::make_shared<bench::DataOptions>();
  command->add_option("CONFIG", options->config, "of the run")->required();
  command->add_option("--views", options->views, "pictures to read")->capture_default_str();
  command->add_option("--every", options->every, "pictures between two lines")
      ->capture_default_str();
  command->add_flag("--pictures-only", options->pictures_only, "captions are not encoded");
  command->callback([options] {
    bench::read_data(*options, [](const bench::DataSpeed& speed) {
      std::cout << to_json(speed).dump() << std::endl;
    });
  });
}

void add_pipeline(CLI::App& bench) {
  auto* command = bench.add_subcommand("pipeline", "A picture from a prompt, the model being open");
  auto options = std::make_shared<bench::PipelineBenchOptions>();
  options->model = default_model();
  command->add_option("--model", options->model, "model folder")->capture_default_str();
  command->add_option("--prompt", options->prompt, "what is drawn")->capture_default_str();
  command->add_option("--size", options->size, "side in pixels; else the model's own");
  command->add_option_function<std::vector<std::int64_t>>(
      "--steps",
      [options](const std::vector<std::int64_t>& steps) {
        for (const auto count : steps) options->stages.push_back({.steps = count});
      },
      "of the stages; else the model's own");
  command->add_flag("--png", options->png, "to the bytes of its file, not to its pixels alone");
  add_common(*command, *options, kDtypesWithBytes);
  command->callback([options] { print(bench::time_pipeline(*options)); });
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Time parts of the program on this machine");
  command->require_subcommand(1);
  command->footer(
      "Prints one JSON object a line, of a network with the median time. Weights are random, but\n"
      "minit2i's and pipeline's, which are read.\n\n"
      "Examples:\n  imagine bench unet IF/stage1/unet/config.json --dtype bf16\n"
      "  imagine bench train --batch 24\n"
      "  imagine bench data configs/own-pictures.json\n"
      "  imagine bench pipeline --size 1024 --runs 3");
  add_unet(*command);
  add_minit2i(*command);
  add_encoder(*command);
  add_sampler(*command);
  add_training(*command);
  add_data(*command);
  add_pipeline(*command);
}

}  // namespace imagine::workshop
