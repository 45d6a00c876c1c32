/// What is done to a prompt before a tokenizer sees it.
#pragma once

#include <string>
#include <string_view>

namespace imagine::text {

/// Lower case by Unicode's rules, without white space at both ends. InputError where it is not
/// UTF-8.
std::string lower_cased(std::string_view prompt);

/// The same with all white space.
std::string in_lower_case(std::string_view text);

/// The cleaning that DeepFloyd IF's training captions went through, twice over: addresses, markup,
/// file names, numbers that are codes and signs that are no words go, quotes and dashes become
/// plain ones (diffusers, IFPipeline._clean_caption). Not covered: repairing text that was decoded
/// in a wrong encoding, and HTML's rarer names of characters. InputError where it is not UTF-8.
std::string cleaned_caption(std::string_view prompt);

}  // namespace imagine::text
