/// How strongly each token of a prompt is read.
#pragma once

#include <string>
#include <vector>

#include "imagine/prompt.h"
#include "tensor/types.h"
#include "text/tokenizer.h"

namespace imagine::text {

/// The text of the parts, one behind the other.
std::string text_of(const std::vector<WeightedText>& parts);

/// The logarithm of each token's weight, 0 of special tokens and of the padding behind them:
/// [1, length] float. A token has the weight of the part in which its first letter stands.
Tensor emphasis_of(const std::vector<Token>& tokens, const std::vector<WeightedText>& parts,
                   std::int64_t length);

}  // namespace imagine::text
