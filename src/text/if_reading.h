/// Prompts as DeepFloyd IF's networks read them.
#pragma once

#include "text/text_encoder.h"

namespace imagine::text {

/// Tokens of every prompt, padding among them.
inline constexpr int64_t kIfTokens = 77;
inline constexpr TextLength kIfLength{.most = kIfTokens, .padded = true};

/// The encoder, but for lower-cased prompts of kIfTokens tokens that are all shown.
std::unique_ptr<TextEncoder> read_as_if(std::unique_ptr<TextEncoder> encoder);

}  // namespace imagine::text
