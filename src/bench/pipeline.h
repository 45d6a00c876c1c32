/// Pictures from a prompt, as a program that stays open draws them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/timing.h"
#include "imagine/engine.h"

namespace imagine::bench {

struct PipelineBenchOptions {
  std::filesystem::path model;
  std::string prompt = "a photo of a red apple on grass";
  int size = 0;                        ///< side in pixels; 0: what the model draws unasked
  std::vector<StageOptions> stages{};  ///< as in a request
  std::string dtype = "auto";
  bool png = false;  ///< to the bytes of its file
  TimingOptions timing{};
};

/// One picture, after one that is not measured. Errors are those of imagine::Engine.
Timing time_pipeline(const PipelineBenchOptions& options);

}  // namespace imagine::bench
