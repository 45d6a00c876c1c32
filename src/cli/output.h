/// Where pictures go: names, folders, files.
#pragma once

#include <string>
#include <vector>

#include "cli/drawing.h"

namespace imagine::cli {

/// Refuses before any work is done what could not be written after it, or would replace one of the
/// `inputs`; says a seed that chance chose.
void check_output(const Drawing& drawing, const std::vector<std::string>& inputs = {});

/// Writes the picture with its recipe, prints its path or its JSON, and returns the path. A
/// `single` one goes to the file that --output names. Names that we make replace nothing, not even
/// what another process makes at the same time: PROMPT-SEED.png, or of an upscaling
/// PICTURE-WIDTHxHEIGHT.png, in a folder; else FILE- and that name. Folders that are not there are
/// made.
std::string write(Picture picture, const Drawing& drawing, bool single);

}  // namespace imagine::cli
