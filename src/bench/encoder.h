/// One reading of prompts by a T5 encoder with random weights.
#pragma once

#include <cstdint>
#include <string>

#include "bench/timing.h"

namespace imagine::bench {

struct EncoderOptions {
  std::string config = {};     ///< Hugging Face's config.json; empty: T5-v1.1-large's sizes
  std::int64_t batch = 2;      ///< prompts
  std::int64_t tokens = 77;    ///< of each
  std::string dtype = "auto";  ///< or int8: products of bytes
  TimingOptions timing{};
};

/// InputError or ConfigError names what is wrong. Of products of bytes the times alone.
Timing time_encoder(const EncoderOptions& options);

}  // namespace imagine::bench
