/// Where things lie in the folder of a MiniT2I, as published.
#pragma once

#include <cstdint>
#include <filesystem>

#include "models/minit2i/mmjit_config.h"

namespace imagine::models {

/// Of the network.
inline constexpr const char* kMmJitFolder = "transformer";

/// scheduler/scheduler_config.json, of which the rest is not read.
struct MiniT2iSchedule {
  std::int64_t num_inference_steps = 100;
  bool distilled = false;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("num_inference_steps", self.num_inference_steps, "of the published sampler");
    field("distilled", self.distilled,
          "whether the network was taught to draw in so many steps without guidance");
  }
};

bool is_minit2i_folder(const std::filesystem::path& folder);

/// The network in such a folder. FormatError or ConfigError names the file.
MmJitConfig minit2i_config(const std::filesystem::path& folder);

/// What is missing is as the network's config has it. FormatError or ConfigError names the file.
MiniT2iSchedule minit2i_schedule(const std::filesystem::path& folder, const MmJitConfig& config);

/// Where the text encoder that the network names lies: within the folder, or beside it under its
/// name.
std::filesystem::path minit2i_text_encoder(const std::filesystem::path& folder,
                                           const MmJitConfig& config);

/// Puts the network of a training, `stage` with config.json and model.safetensors, into a folder
/// that is there: ResourceError.
void write_minit2i_network(const std::filesystem::path& stage, const std::filesystem::path& folder);

/// The same with its schedule: all but a text encoder.
void write_minit2i(const std::filesystem::path& stage, const std::filesystem::path& folder,
                   const MiniT2iSchedule& schedule);

}  // namespace imagine::models
