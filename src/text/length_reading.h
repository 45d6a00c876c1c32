/// Prompts as a network of a certain length of text reads them.
#pragma once

#include "text/text_encoder.h"

namespace imagine::text {

/// The encoder, but where nobody says otherwise it reads `length`.
std::unique_ptr<TextEncoder> read_within(std::unique_ptr<TextEncoder> encoder,
                                         const TextLength& length);

}  // namespace imagine::text
