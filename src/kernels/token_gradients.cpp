#include "kernels/token_gradients.h"

#include <algorithm>
#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/token_gradients.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

/// One row of RmsNormGradient: with r = 1 / sqrt(mean(x²) + epsilon) and g = grad * gain,
/// r g - x r³ mean(g x).
HWY_INLINE void norm_row(const RmsNormGradient& task, const float* x, const float* grad,
                         float* out) {
  const auto width = static_cast<float>(task.width);
  const float squares = sum_of(task.width, [&](auto d, std::size_t i) {
    const auto number = hn::LoadU(d, x + i);
    return hn::Mul(number, number);
  });
  const auto weighted = [&](auto d, std::size_t i) {
    return hn::Mul(hn::LoadU(d, grad + i), hn::LoadU(d, task.gain + i));
  };
  const float along = sum_of(task.width, [&](auto d, std::size_t i) {
    return hn::Mul(weighted(d, i), hn::LoadU(d, x + i));
  });
  const float inverse = 1 / std::sqrt(squares / width + task.epsilon);
  const float drawn = inverse * inverse * inverse * along / width;
  for_lanes(task.width, [&](auto d, std::size_t i) {
    const auto kept = hn::Mul(weighted(d, i), hn::Set(d, inverse));
    hn::StoreU(hn::NegMulAdd(hn::LoadU(d, x + i), hn::Set(d, drawn), kept), d, out + i);
  });
}

void norm_rows(const RmsNormGradient& task) {
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto at = row * task.width;
    norm_row(task, task.x + at, task.grad + at, task.out + at);
  }
}

void gate_product(const SiluGate& task) {
  for_lanes(task.count, [&](auto d, std::size_t i) {
    const auto gate = activated<Activation::silu>(d, hn::LoadU(d, task.gate + i));
    hn::StoreU(hn::Mul(gate, hn::LoadU(d, task.value + i)), d, task.out + i);
  });
}

void gate_gradient(const SiluGateGradient& task) {
  for_lanes(task.count, [&](auto d, std::size_t i) {
    const auto gate = hn::LoadU(d, task.gate + i), value = hn::LoadU(d, task.value + i),
               grad = hn::LoadU(d, task.grad + i);
    const auto slope_here = slope<Activation::silu>(d, gate);
    hn::StoreU(hn::Mul(hn::Mul(grad, value), slope_here), d, task.gate_out + i);
    hn::StoreU(hn::Mul(grad, activated<Activation::silu>(d, gate)), d, task.value_out + i);
  });
}

/// Turned back by the row's angles, then as an RmsNorm. `turned` [dim] is for it alone.
HWY_INLINE void head_gradient(const RmsNormGradient& norm, const float* cosines, const float* sines,
                              float* turned) {
  const auto half = norm.width / 2;
  for_lanes(half, [&](auto d, std::size_t i) {
    const auto first = hn::LoadU(d, norm.grad + i), second = hn::LoadU(d, norm.grad + half + i);
    const auto cosine = hn::LoadU(d, cosines + i), sine = hn::LoadU(d, sines + i);
    hn::StoreU(hn::MulAdd(second, sine, hn::Mul(first, cosine)), d, turned + i);
    hn::StoreU(hn::NegMulAdd(first, sine, hn::Mul(second, cosine)), d, turned + half + i);
  });
  norm_row(norm, norm.x, turned, norm.out);
}

void head_rows(const HeadGradient& task) {
  const auto dim = task.dim, width = task.heads * dim, half = dim / 2;
  std::vector<float> turned(dim);
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto* cosine = task.cosine + row * half;
    const auto* sine = task.sine + row * half;
    for (std::size_t head = 0; head < task.heads; ++head) {
      const auto query_at = row * 3 * width + head * dim, key_at = query_at + width;
      const auto from = (head * task.key_rows + row) * dim;
      const auto norm = [&](std::size_t at, const float* gain, const float* grad) {
        return RmsNormGradient{task.qkv + at, gain, grad, task.out + at, 1, dim, task.epsilon};
      };
      if (task.query == nullptr) {
        std::fill_n(task.out + query_at, dim, 0.0F);
      } else {
        const auto* grad = task.query + (head * task.query_rows + row) * dim;
        head_gradient(norm(query_at, task.query_gain, grad), cosine, sine, turned.data());
      }
      head_gradient(norm(key_at, task.key_gain, task.key + from), cosine, sine, turned.data());
      std::copy_n(task.value + from, dim, task.out + key_at + width);
    }
  }
}

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(norm_rows);
HWY_EXPORT(gate_product);
HWY_EXPORT(gate_gradient);
HWY_EXPORT(head_rows);

void differentiate(const RmsNormGradient& task) { HWY_DYNAMIC_DISPATCH(norm_rows)(task); }
void multiply(const SiluGate& task) { HWY_DYNAMIC_DISPATCH(gate_product)(task); }
void differentiate(const SiluGateGradient& task) { HWY_DYNAMIC_DISPATCH(gate_gradient)(task); }
void differentiate(const HeadGradient& task) { HWY_DYNAMIC_DISPATCH(head_rows)(task); }

}  // namespace imagine::kernels
#endif
