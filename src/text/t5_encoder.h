/// TextEncoder for T5's family with a SentencePiece vocabulary.
#pragma once

#include "core/fields.h"
#include "text/text_encoder.h"

namespace imagine::text {

/// `folder` holds config.json (`config`) and the weights in any of Hugging Face's ways, and has
/// a tokenizer (see find_tokenizer()).
std::unique_ptr<TextEncoder> load_t5_encoder(const fs::path& folder, const Json& config,
                                             torch::Dtype dtype);

}  // namespace imagine::text
