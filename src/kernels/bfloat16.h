/// The upper half of a float, as the kernels' pointers name it.
#pragma once

#include <cstdint>

namespace imagine::kernels {

struct Bfloat16 {
  std::uint16_t bits;
};

}  // namespace imagine::kernels
