/// Low-rank changes of a stage's weights.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "core/fields.h"
#include "imagine/pipeline.h"

namespace imagine::cascade {

/// Under this name a file's metadata may hold the config of the network that it changes, as JSON.
inline constexpr const char* kChangedNetwork = "network";

/// FormatError naming the file that says to be for a network of another config.
void check_made_for(const Json& network, const std::vector<LoraUse>& loras);

/// Adds the files' changes one after the other. `prefix` stands before the names of layers in them,
/// or nothing does. FormatError naming the file that does not fit; see nn::merge.
void add_loras(torch::nn::Module& network, const std::vector<LoraUse>& loras,
               const std::string& prefix = {});

}  // namespace imagine::cascade
