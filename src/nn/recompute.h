/// Memory for time.
#pragma once

#include <functional>
#include <vector>

#include "tensor/types.h"

namespace imagine::nn {

using Block = std::function<Tensor(const std::vector<Tensor>& inputs)>;

/// block(inputs), of which nothing is kept for the backward pass but the inputs: the pass computes
/// the block again (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The block
/// may use parameters, and must give the same each time.
Tensor recomputed(const Block& block, const std::vector<Tensor>& inputs);

/// recomputed() where `again`, else block(inputs) as ever.
inline Tensor computed(const Block& block, const std::vector<Tensor>& inputs, bool again) {
  return again ? recomputed(block, inputs) : block(inputs);
}

}  // namespace imagine::nn
