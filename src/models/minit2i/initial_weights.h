/// What an MM-JiT's weights are before it is trained.
#pragma once

#include "models/minit2i/mmjit.h"

namespace imagine::models {

/// Matrices by Glorot and Bengio 2010, the last of them zero as the biases, so that the first
/// picture is grey; norms one, token embeddings small. From torch's generator.
void initialise(MmJitImpl& network);

}  // namespace imagine::models
