/// What follows a norm.
#pragma once

namespace imagine::kernels {

/// gelu is the exact one, x times the normal distribution's share below x.
enum class Activation { none, silu, gelu };

}  // namespace imagine::kernels
