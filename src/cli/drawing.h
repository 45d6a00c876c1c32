/// What the commands that draw share: options, the names of files, progress.
#pragma once

#include <filesystem>
#include <string>

#include "cli/progress.h"
#include "imagine/pipeline.h"

namespace CLI {
class App;
}

namespace imagine::cli {

struct Drawing {
  std::string model;
  PipelineOptions pipeline;
  Request request;
  std::string steps, sampler, guidance, noise_level, strength;  ///< lists as given
  bool random_seed = false;                                     ///< chance chose it
  std::string output;
  std::string format;
  bool json = false;
};

/// The folder of the model that comes with the program.
std::string embedded_model();
/// What IMAGINE_MODEL names, else the embedded model.
std::string default_model();

/// --text-encoder, --dtype, --device.
void add_computation_options(CLI::App& command, PipelineOptions& options);
/// --lora, --full.
void add_network_options(CLI::App& command, PipelineOptions& options);
/// The former, and --output, --seed, --size, the lists of the stages, --model, --json.
void add_drawing_options(CLI::App& command, Drawing& drawing);
/// --count, --negative, --clean-caption, --lora, --full.
void add_prompt_options(CLI::App& command, Drawing& drawing);
/// --strength.
void add_strength_option(CLI::App& command, Drawing& drawing);

/// A picture from a file, on white ground.
Source read_source(const std::string& path);

/// The argument, or what stands on standard input where it is "-".
std::string prompt_of(const std::string& argument);

/// For help: sizes and settings of the model in `folder`, some lines; where `enlarging`, of its
/// super-resolution alone.
std::string defaults_of(const std::string& folder, bool enlarging = false);

/// The drawing's request with its lists taken apart, progress shown on `line`.
Request request_of(const Drawing& drawing, ProgressLine& line);

}  // namespace imagine::cli
