/// The weight files of a MiniT2I's network.
#pragma once

#include <cstdint>

#include "imagine/request.h"
#include "io/file.h"
#include "models/minit2i/mmjit.h"
#include "models/stage.h"

namespace imagine::models {

/// Of all weight files; 0 where they are missing, loading says so.
std::uint64_t minit2i_bytes(const io::fs::path& folder);

/// The network in a folder as published, or as tools/convert_minit2i.py leaves it, with `loras`
/// added to its weights. FormatError or ConfigError names the file.
MmJit loaded_mmjit(const io::fs::path& folder, const MmJitConfig& config,
                   const Placement& placement, const std::vector<LoraUse>& loras);

}  // namespace imagine::models
