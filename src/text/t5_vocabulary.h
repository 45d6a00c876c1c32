/// T5's vocabulary from a tokenizer.json.
#pragma once

#include <cstdint>
#include <string>

#include "core/fields.h"
#include "text/sentencepiece_model.h"

namespace imagine::text {

struct T5Vocabulary {
  UnigramModel model;
  std::int64_t extras;  ///< "<extra_id_0>" and so on, whose ids follow the pieces in falling order
};

/// What the spiece.model holds from which transformers 3 to 5 made a T5's tokenizer.json: the same
/// pieces, scores and character map. FormatError, beginning with `where`, names what is not as T5
/// has it: another model, normalizer, pre-tokenizer or post-processor, ids that are not in order,
/// added tokens of others.
T5Vocabulary t5_vocabulary_of(const Json& json, const std::string& where);

}  // namespace imagine::text
