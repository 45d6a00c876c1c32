/// `imagine generate --prompts FILE`: what the other programs of one launcher do too.
#pragma once

#include "cli/drawing.h"

namespace imagine::workshop {

/// Draws the file's prompts into shards in the folder --output, beside any other process that does
/// the same; prints the path of each shard that is drawn here. The first process shows how far all
/// are. InputError for what cannot be drawn, or where the folder holds other pictures.
void draw_prompt_file(const cli::PromptFileDrawing& asked);

/// Whether that was begun by a launcher of several processes of which this is not the first.
bool prompt_file_follows();

}  // namespace imagine::workshop
