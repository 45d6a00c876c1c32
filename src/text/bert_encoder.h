/// TextEncoder for BERT's family with a WordPiece vocabulary.
#pragma once

#include "core/fields.h"
#include "text/text_encoder.h"

namespace imagine::text {

/// `config` is the folder's config.json.
std::unique_ptr<TextEncoder> load_bert_encoder(const fs::path& folder, const Json& config,
                                               torch::Dtype dtype);

}  // namespace imagine::text
