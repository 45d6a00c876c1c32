/// A deeper base that draws what a shallower one draws, to be trained on from there.
#pragma once

#include "io/file.h"

namespace imagine::train {

/// Writes the base of folder `from` (config.json and model.safetensors) into a new folder `to` with
/// `depth` blocks. The new ones stand evenly between the old, each after the one whose weights it
/// takes, but for those of its two outputs, which are zero: it changes nothing until it learns
/// (stacking as in Gong et al. 2019, "Efficient Training of BERT by Progressively Stacking", kept
/// to the same function as in Chen et al. 2016, "Net2Net", sec. 2.3). InputError unless `depth` is
/// more than the base has and `to` is free; FormatError, ConfigError or ResourceError naming the
/// file.
void grow_base(const io::fs::path& from, int64_t depth, const io::fs::path& to);

}  // namespace imagine::train
