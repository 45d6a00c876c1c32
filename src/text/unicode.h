/// The text cleaning of BERT's uncased models, as Unicode properties (by ICU).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imagine::text {

/// The code points of `utf8`. InputError names the first byte that is not UTF-8.
std::u32string decode_utf8(std::string_view utf8);
std::string encode_utf8(std::u32string_view text);
/// Bytes of a code point in UTF-8.
std::size_t utf8_length(char32_t c);
bool is_utf8(std::string_view bytes);

/// Control characters dropped, white space made a space, CJK ideographs set apart by spaces,
/// accents stripped (NFD without Mn), lower-cased. (google-research/bert, tokenization.py)
std::u32string normalize_uncased(std::u32string_view text);

/// Where each character of that comes from: the index of its code point in `text`.
std::vector<std::size_t> origins_uncased(std::u32string_view text);

/// Words between spaces, with each punctuation mark a word of its own: parts of `normalized`.
std::vector<std::u32string_view> split_words(std::u32string_view normalized);

}  // namespace imagine::text
