/// What is done to a prompt before a tokenizer sees it.
#pragma once

#include <string>
#include <string_view>

namespace imagine::text {

/// Lower case by Unicode's rules, without white space at both ends. InputError where it is not
/// UTF-8.
std::string lower_cased(std::string_view prompt);

}  // namespace imagine::text
