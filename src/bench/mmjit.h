/// One evaluation of MiniT2I's network.
#pragma once

#include <filesystem>
#include <string>

#include "bench/timing.h"

namespace imagine::bench {

struct MmJitOptions {
  std::int64_t batch = 1;  ///< 2: one guided step of one picture
  std::string dtype = "auto";
  TimingOptions timing{};
};

/// With the weights of a model's folder, of a text that fills all positions. Errors are those of
/// opening it; ConfigError for no batch or an unknown dtype.
Timing time_mmjit(const std::filesystem::path& folder, const MmJitOptions& options);

}  // namespace imagine::bench
