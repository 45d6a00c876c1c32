#include "kernels/softmax.h"

#include <algorithm>
#include <limits>
#include <numbers>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

/// The largest of value(d, i) over 0 .. count.
template <class Value>
HWY_INLINE float largest(std::size_t count, const Value& value) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const float lowest = -std::numeric_limits<float>::infinity();
  auto most = hn::Set(d, lowest);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) most = hn::Max(most, value(d, i));
  float rest = lowest;
  for (; i < count; ++i) rest = std::max(rest, hn::GetLane(value(one, i)));
  return std::max(rest, hn::GetLane(hn::MaxOfLanes(d, most)));
}

/// e^x; what is not a number stays none, of which hn::Exp makes 0.
template <class D>
HWY_INLINE hn::VFromD<D> exponential(D d, hn::VFromD<D> x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
}

template <class Number>
void softmax_rows(const Softmax<Number>& task) {
  std::vector<float> powers(task.width);
  for (std::size_t row = 0; row < task.rows; ++row) {
    auto* scores = task.scores + row * task.width;
    const auto* bias = task.bias == nullptr ? nullptr : task.bias + row * task.bias_stride;
    const auto score = [&](auto d, std::size_t i) {
      const auto scaled = hn::Mul(load(d, scores + i), hn::Set(d, task.scale));
      return bias == nullptr ? scaled : hn::Add(scaled, load(d, bias + i));
    };
    const float most = largest(task.width, score);
    const float sum = sum_of(task.width, [&](auto d, std::size_t i) {
      const auto power = exponential(d, hn::Sub(score(d, i), hn::Set(d, most)));
      store(d, power, powers.data() + i);
      return power;
    });
    for_lanes(task.width, [&](auto d, std::size_t i) {
      store(d, hn::Mul(load(d, powers.data() + i), hn::Set(d, 1 / sum)), scores + i);
    });
  }
}

/// Writes e^x, and returns it.
template <class D>
HWY_INLINE hn::VFromD<D> raise(D d, hn::VFromD<D> x, float* to) {
  const auto power = exponential(d, x);
  hn::StoreU(power, d, to);
  return power;
}

/// The same as far as bf16 tells: ties go up. What is not a number stays none.
template <class D>
HWY_INLINE hn::VFromD<D> raise(D d, hn::VFromD<D> x, Bfloat16* to) {
  const hn::RebindToUnsigned<D> whole;
  const hn::Rebind<std::uint16_t, D> half;
  const auto scaled = hn::Mul(x, hn::Set(d, std::numbers::log2e_v<float>));
  const auto power = hn::MulAdd(x, hn::Zero(d), power_of_two(d, scaled));
  const auto bits = hn::Add(hn::BitCast(whole, power), hn::Set(whole, 0x8000));
  hn::StoreU(hn::TruncateTo(half, hn::ShiftRight<16>(bits)), half, &to->bits);
  return power;
}

template <class Number>
void take_powers_of_rows(const SoftmaxPowers<Number>& task) {
  for (std::size_t row = 0; row < task.rows; ++row) {
    auto* scores = task.scores + row * task.width;
    const float most =
        largest(task.width, [&](auto d, std::size_t i) { return load(d, scores + i); });
    task.sums[row] = sum_of(task.width, [&](auto d, std::size_t i) {
      const auto away = hn::Sub(load(d, scores + i), hn::Set(d, most));
      return raise(d, hn::Mul(away, hn::Set(d, task.scale)), scores + i);
    });
  }
}

template <class Number>
void backpropagate_rows(const SoftmaxBackward<Number>& task) {
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto* shares = task.shares + row * task.width;
    auto* gradient = task.gradient + row * task.width;
    const float mean = sum_of(task.width, [&](auto d, std::size_t i) {
      return hn::Mul(load(d, shares + i), load(d, gradient + i));
    });
    for_lanes(task.width, [&](auto d, std::size_t i) {
      const auto away = hn::Sub(load(d, gradient + i), hn::Set(d, mean));
      const auto scaled = hn::Mul(load(d, shares + i), hn::Set(d, task.scale));
      store(d, hn::Mul(scaled, away), gradient + i);
    });
  }
}

void softmax_float(const Softmax<float>& task) { softmax_rows(task); }
void softmax_bfloat16(const Softmax<Bfloat16>& task) { softmax_rows(task); }
void powers_float(const SoftmaxPowers<float>& task) { take_powers_of_rows(task); }
void powers_bfloat16(const SoftmaxPowers<Bfloat16>& task) { take_powers_of_rows(task); }
void back_float(const SoftmaxBackward<float>& task) { backpropagate_rows(task); }
void back_bfloat16(const SoftmaxBackward<Bfloat16>& task) { backpropagate_rows(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(softmax_float);
HWY_EXPORT(softmax_bfloat16);
HWY_EXPORT(powers_float);
HWY_EXPORT(powers_bfloat16);
HWY_EXPORT(back_float);
HWY_EXPORT(back_bfloat16);

void softmax(const Softmax<float>& task) { HWY_DYNAMIC_DISPATCH(softmax_float)(task); }
void softmax(const Softmax<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(softmax_bfloat16)(task); }
void take_powers(const SoftmaxPowers<float>& task) { HWY_DYNAMIC_DISPATCH(powers_float)(task); }
void take_powers(const SoftmaxPowers<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(powers_bfloat16)(task);
}
void backpropagate(const SoftmaxBackward<float>& task) { HWY_DYNAMIC_DISPATCH(back_float)(task); }
void backpropagate(const SoftmaxBackward<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(back_bfloat16)(task);
}

}  // namespace imagine::kernels
#endif
