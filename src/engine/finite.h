/// Numbers that broken weights make.
#pragma once

#include <string>

#include "core/check.h"
#include "tensor/types.h"

namespace imagine::engine {

/// FormatError where not every number of what `who` made is finite.
inline void check_finite(const Tensor& made, const std::string& who) {
  check<FormatError>(made.isfinite().all().item<bool>(), who,
                     ": expected finite numbers, made others; its weights, or what --lora adds to "
                     "them, are broken");
}

}  // namespace imagine::engine
