/// Low-rank changes of a stage's weights.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "imagine/pipeline.h"

namespace imagine::cascade {

/// Adds the files' changes one after the other. `prefix` stands before the names of layers in them,
/// or nothing does. FormatError naming the file that does not fit; see nn::merge.
void add_loras(torch::nn::Module& network, const std::vector<LoraUse>& loras,
               const std::string& prefix = {});

}  // namespace imagine::cascade
