/// The weight files of a MiniT2I's network.
#pragma once

#include <cstdint>
#include <string_view>

#include "imagine/request.h"
#include "io/file.h"
#include "models/minit2i/mmjit.h"
#include "models/stage.h"
#include "nn/weights.h"

namespace imagine::models {

/// What stands there before the names of all tensors, and of layers in files of low-rank changes.
inline constexpr std::string_view kPrefix = "model.net.";

/// Of all weight files; 0 where they are missing, loading says so.
std::uint64_t minit2i_bytes(const io::fs::path& folder);

/// Fills a network with the weight files of such a folder, or with one file that a training left.
/// FormatError names the file.
void load_mmjit(MmJitImpl& network, const io::fs::path& place, nn::LoadOptions options);

/// The network in a folder as published, or as tools/convert_minit2i.py leaves it, with `loras`
/// added to its weights. FormatError or ConfigError names the file.
MmJit loaded_mmjit(const io::fs::path& folder, const MmJitConfig& config,
                   const Placement& placement, const std::vector<LoraUse>& loras);

}  // namespace imagine::models
