/// What follows a norm or a linear layer. Free of Torch, for configs that name it.
#pragma once

#include "kernels/activation.h"

namespace imagine::nn {

using kernels::Activation;

}  // namespace imagine::nn
