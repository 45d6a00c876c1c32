/// BERT's vocabulary from a tokenizer.json.
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"

namespace imagine::text {

/// The pieces in the order of their ids, as the vocab.txt has them from which transformers made the
/// tokenizer.json of an uncased BERT. FormatError, beginning with `where`, names what WordPiece
/// would do otherwise: another model, normalizer, pre-tokenizer or post-processor, ids with gaps,
/// tokens that a text may hold (of added tokens, only special ones are taken, and stay out of it).
std::vector<std::string> bert_vocabulary_of(const Json& json, const std::string& where);

}  // namespace imagine::text
