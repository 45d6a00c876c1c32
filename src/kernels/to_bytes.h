/// Rows as bytes.
#pragma once

#include "kernels/product.h"

namespace imagine::kernels {

/// Each of `rows` rows of `width` numbers in steps of its largest / 127.
template <class Number>
struct ToBytes {
  const Number* from;  // [rows, width]
  Rows<Number> to;     // bytes and steps
  std::size_t rows, width;
};

void convert(const ToBytes<float>& task);
void convert(const ToBytes<Bfloat16>& task);

}  // namespace imagine::kernels
