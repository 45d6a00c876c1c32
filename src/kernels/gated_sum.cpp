#include "kernels/gated_sum.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gated_sum.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

template <class Number>
void add_rows(const GatedSum<Number>& task) {
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto begin = row * task.width;
    for_lanes(task.width, [&](auto d, std::size_t i) {
      const auto sum = hn::MulAdd(load(d, task.branch + begin + i), load(d, task.gain + i),
                                  load(d, task.x + begin + i));
      store(d, sum, task.out + begin + i);
    });
  }
}

template <class Number>
void backpropagate_rows(const GatedSumBackward<Number>& task) {
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto begin = row * task.width;
    for_lanes(task.width, [&](auto d, std::size_t i) {
      const auto gradient = load(d, task.out_gradient + begin + i);
      const auto branch = load(d, task.branch + begin + i);
      store(d, hn::Mul(gradient, load(d, task.gain + i)), task.branch_gradient + begin + i);
      store(d, hn::MulAdd(gradient, branch, load(d, task.gain_gradient + i)),
            task.gain_gradient + i);
    });
  }
}

void add_float(const GatedSum<float>& task) { add_rows(task); }
void add_bfloat16(const GatedSum<Bfloat16>& task) { add_rows(task); }
void back_float(const GatedSumBackward<float>& task) { backpropagate_rows(task); }
void back_bfloat16(const GatedSumBackward<Bfloat16>& task) { backpropagate_rows(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(add_float);
HWY_EXPORT(add_bfloat16);
HWY_EXPORT(back_float);
HWY_EXPORT(back_bfloat16);

void add_gated(const GatedSum<float>& task) { HWY_DYNAMIC_DISPATCH(add_float)(task); }
void add_gated(const GatedSum<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(add_bfloat16)(task); }
void backpropagate(const GatedSumBackward<float>& task) { HWY_DYNAMIC_DISPATCH(back_float)(task); }
void backpropagate(const GatedSumBackward<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(back_bfloat16)(task);
}

}  // namespace imagine::kernels
#endif
