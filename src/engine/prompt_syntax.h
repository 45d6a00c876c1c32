/// Prompts as people write them to what is read: AUTOMATIC1111's signs.
///
/// Nothing is refused for its brackets: what makes no sign is text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "imagine/prompt.h"

namespace imagine::engine {

/// A text with its weights: round brackets multiply by 1.1 or by the number behind a colon, square
/// ones divide by 1.1, each up to the end where it is not closed; a backslash makes a sign text.
/// Neighbours of one weight are one stretch. Weights are kept within 0 .. 100.
std::vector<WeightedText> weighted(std::string_view text);

/// What `prompt` comes to over `steps` steps, the first from 0 on; always one at least. InputError
/// where it is longer than 64 KiB or comes to more than 64 different texts.
std::vector<Wording> wordings_of(std::string_view prompt, PromptSyntax syntax, std::int64_t steps);

/// A prompt without its <region:...> signs, which SwarmUI writes, and those regions; of a place
/// "background" the box is empty: what the others leave.
struct PromptWithRegions {
  std::string prompt;
  std::vector<Region> regions;
};
PromptWithRegions regions_of(std::string_view prompt);

}  // namespace imagine::engine
