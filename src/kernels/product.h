/// What matrix products leave and take where both factors may be coarser numbers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bfloat16.h"

namespace imagine::kernels {

/// What a matrix product left: row i stands for values * row_scale[i] + bias.
template <class Number>
struct Product {
  const Number* values;              // [rows, width]
  const float* row_scale = nullptr;  // [rows], or null: 1
  const float* bias = nullptr;       // [width], or null: 0
};

/// What the byte of a zero is: bytes from 1 to 255 stand for -127 to 127 steps. Signed ones are
/// multiplied by a plain loop where a processor lacks AMX.
inline constexpr int kZeroByte = 128;

/// Where rows go that a matrix product takes: as numbers, or each row as bytes in steps of its
/// largest number / 127.
template <class Number>
struct Rows {
  Number* values = nullptr;       // [rows, width], or null
  std::uint8_t* bytes = nullptr;  // [rows, width], or null
  float* steps = nullptr;         // [rows], beside bytes
};

}  // namespace imagine::kernels
