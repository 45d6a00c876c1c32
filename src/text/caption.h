/// What is done to a prompt before a tokenizer sees it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "imagine/prompt.h"

namespace imagine::text {

/// Lower case by Unicode's rules, without white space at both ends. InputError where it is not
/// UTF-8.
std::string lower_cased(std::string_view prompt);

/// The same of parts of one prompt, which stand behind each other: the whole has no white space at
/// its ends.
std::vector<WeightedText> lower_cased(std::vector<WeightedText> parts);

/// The cleaning that DeepFloyd IF's training captions went through, twice over: addresses, markup,
/// file names, numbers that are codes and signs that are no words go, quotes and dashes become
/// plain ones (diffusers, IFPipeline._clean_caption). Not covered: repairing text that was decoded
/// in a wrong encoding, and HTML's rarer names of characters. InputError where it is not UTF-8.
std::string cleaned_caption(std::string_view prompt);

}  // namespace imagine::text
