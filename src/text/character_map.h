/// SentencePiece's precompiled map of characters, such as NFKC with white space folded.
#pragma once

#include <string>
#include <string_view>

namespace imagine::text {

/// FormatError, beginning with `where`, unless `map` is what SentencePiece 0.1.97 can search
/// without leaving its memory, which it does not look at itself: the size of a double-array trie,
/// the trie (Darts-clone 0.32) in blocks of 256 units whose keys are at most 32 bytes long, and the
/// texts to put in place of the keys, in UTF-8 and each ended by a zero, where the trie's values
/// point. Nothing is a map, too: one that changes no character.
void check_character_map(std::string_view map, const std::string& where);

}  // namespace imagine::text
