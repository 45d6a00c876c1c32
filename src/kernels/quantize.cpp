#include "kernels/quantize.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/quantize.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

/// The largest of a row, or not a number where one of them is not finite.
template <class Number>
HWY_INLINE float largest_of(const Number* row, std::size_t width) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  auto most = hn::Zero(d), none = hn::Zero(d);  // what is not finite times 0 is not a number
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= width; i += hn::Lanes(d)) {
    const auto size = hn::Abs(load(d, row + i));
    most = hn::Max(most, size);
    none = hn::MulAdd(size, hn::Zero(d), none);
  }
  float largest = hn::GetLane(hn::MaxOfLanes(d, most));
  float rest = hn::GetLane(hn::SumOfLanes(d, none));
  for (; i < width; ++i) {
    const float size = hn::GetLane(hn::Abs(load(one, row + i)));
    largest = std::max(largest, size);
    rest += size * 0;
  }
  return largest + rest;
}

template <class Number>
void quantize_rows(const RowsToQuantize<Number>& task) {
  constexpr float kLeast = 1e-30F;  // of a row of zeros
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto* from = task.from + row * task.width;
    auto* to = task.to + row * task.width;
    const float step = task.steps[row] = largest_of(from, task.width) / 127;
    for_lanes(task.width, [&](auto d, std::size_t i) {
      const hn::Rebind<std::int8_t, decltype(d)> byte;
      const auto whole =
          hn::NearestInt(hn::Div(load(d, from + i), hn::Set(d, std::max(step, kLeast))));
      hn::StoreU(hn::DemoteTo(byte, whole), byte, to + i);
    });
  }
}

void quantize_float(const RowsToQuantize<float>& task) { quantize_rows(task); }
void quantize_bfloat16(const RowsToQuantize<Bfloat16>& task) { quantize_rows(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(quantize_float);
HWY_EXPORT(quantize_bfloat16);

void quantize(const RowsToQuantize<float>& task) { HWY_DYNAMIC_DISPATCH(quantize_float)(task); }
void quantize(const RowsToQuantize<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(quantize_bfloat16)(task);
}

}  // namespace imagine::kernels
#endif
