/// The tokenizer that llama.cpp writes into a T5's GGUF.
#pragma once

#include <optional>
#include <string>

#include "core/fields.h"

namespace imagine::text {

/// The spiece.model from which the metadata of a GGUF was made: the same pieces, scores and
/// character map. nullopt where the metadata holds no tokenizer. FormatError, beginning with
/// `where`, where it is not a T5's.
std::optional<std::string> sentencepiece_in_gguf(const Json& metadata, const std::string& where);

}  // namespace imagine::text
