#include "kernels/to_bytes.h"

#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/to_bytes.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"
#include "kernels/product_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

template <class Number>
void convert_rows(const ToBytes<Number>& task) {
  std::vector<float> kept(task.width);
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto* from = task.from + row * task.width;
    write_row(task.to, row, task.width, kept.data(),
              [&](auto d, std::size_t i) { return load(d, from + i); });
  }
}

void convert_float(const ToBytes<float>& task) { convert_rows(task); }
void convert_bfloat16(const ToBytes<Bfloat16>& task) { convert_rows(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(convert_float);
HWY_EXPORT(convert_bfloat16);

void convert(const ToBytes<float>& task) { HWY_DYNAMIC_DISPATCH(convert_float)(task); }
void convert(const ToBytes<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(convert_bfloat16)(task); }

}  // namespace imagine::kernels
#endif
