/// One evaluation of a U-Net of DeepFloyd IF with random weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/timing.h"

namespace imagine::bench {

struct UnetOptions {
  std::int64_t size = 0;   ///< side in pixels; 0: the network's own
  std::int64_t batch = 2;  ///< 2: one guided step of one picture
  std::string dtype = "auto";
  TimingOptions timing{};
};

/// Of the network that diffusers' config.json describes: reading a prompt of 77 tokens, which is
/// done once for a picture, and one evaluation. InputError or ConfigError names what is wrong.
std::vector<Timing> time_unet(const std::filesystem::path& config, const UnetOptions& options);

}  // namespace imagine::bench
