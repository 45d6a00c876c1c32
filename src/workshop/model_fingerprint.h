/// Tells apart what draws, for folders that keep pictures.
#pragma once

#include <vector>

#include "imagine/model.h"
#include "io/fingerprint.h"

namespace imagine::workshop {

/// Adds all files that a model's pictures depend on beside the requests: its own, those of `loras`
/// with their weights, of the text encoder and the super-resolution in place of its own. A folder
/// may get new weights. FormatError where a file cannot be read.
void add_drawing_model(io::Fingerprint& fingerprint, const io::fs::path& folder,
                       const ModelOptions& options, const std::vector<LoraUse>& loras);

}  // namespace imagine::workshop
