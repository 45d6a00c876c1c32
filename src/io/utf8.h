/// UTF-8, a character at a time.
#pragma once

#include <string>
#include <string_view>

namespace imagine::io {

/// Takes one character off the front of `text`, which must not be empty. A byte that belongs to
/// none is taken alone and counts as U+FFFD.
char32_t take_utf8(std::string_view& text);

bool is_utf8(std::string_view text);

void append_utf8(std::string& text, char32_t code);

/// What follows the mark that some editors write before a text in UTF-8.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace imagine::io
