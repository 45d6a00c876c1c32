/// A request's prompts as they are read, checked against what the model can do with them.
#pragma once

#include "models/cascade.h"

namespace imagine::engine {

/// Fills in `wording`, `negative_wording` and what regions say, where the prompts have signs.
/// InputError for signs that mean nothing.
void read_prompts(Request& request, std::int64_t steps);

/// Whether its prompt, as it was read, has a word at any step.
bool says_something(const Request& request);

/// Whether several texts are followed at once, so that the network must know "no text" too.
bool joins_texts(const Request& request);

/// InputError for regions and weights that `first`, the stage that draws first, cannot heed.
void check_words(const Request& request, const models::StageSpec& first);

}  // namespace imagine::engine
