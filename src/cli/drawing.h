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
  std::string output;
  std::string format;
  bool json = false;
};

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

/// Refuses before any work is done what could not be written after it.
void check_output(const Drawing& drawing);

/// A picture from a file, on white ground.
Source read_source(const std::string& path);

/// The drawing's request with its lists taken apart, progress shown on `line`.
Request request_of(const Drawing& drawing, ProgressLine& line);

/// FILE for a single picture. Names that we make replace nothing: PROMPT-SEED.png, or of an
/// upscaling PICTURE-WIDTHxHEIGHT.png, in a folder; else FILE- and that name.
std::filesystem::path path_for(const Drawing& drawing, const Picture& picture, bool single);

/// Writes the picture with its recipe, and prints its path or its JSON.
void write(const Picture& picture, const std::filesystem::path& path, const Drawing& drawing);

}  // namespace imagine::cli
