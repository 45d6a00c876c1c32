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

/// What a row's gradient depends on beside its numbers.
struct Norm {
  const float* gain;  // [width]
  std::size_t width;
  float epsilon;
};

/// One row of RmsNormGradient: with r = 1 / sqrt(mean(x²) + epsilon) and g = grad * gain,
/// r g - x r³ mean(g x).
template <class X, class Grad>
HWY_INLINE void norm_row(const Norm& norm, const X* x, const Grad* grad, X* out) {
  const auto width = static_cast<float>(norm.width);
  const float squares = sum_of(norm.width, [&](auto d, std::size_t i) {
    const auto number = load(d, x + i);
    return hn::Mul(number, number);
  });
  const auto weighted = [&](auto d, std::size_t i) {
    return hn::Mul(load(d, grad + i), hn::LoadU(d, norm.gain + i));
  };
  const float along = sum_of(
      norm.width, [&](auto d, std::size_t i) { return hn::Mul(weighted(d, i), load(d, x + i)); });
  const float inverse = 1 / std::sqrt(squares / width + norm.epsilon);
  const float drawn = inverse * inverse * inverse * along / width;
  for_lanes(norm.width, [&](auto d, std::size_t i) {
    const auto kept = hn::Mul(weighted(d, i), hn::Set(d, inverse));
    store(d, hn::NegMulAdd(load(d, x + i), hn::Set(d, drawn), kept), out + i);
  });
}

template <class Number>
void norm_rows(const RmsNormGradient<Number>& task) {
  const Norm norm{task.gain, task.width, task.epsilon};
  for (std::size_t row = 0; row < task.rows; ++row) {
    const auto at = row * task.width;
    norm_row(norm, task.x + at, task.grad + at, task.out + at);
  }
}

template <class Number>
void gate_product(const SiluGate<Number>& task) {
  for_lanes(task.count, [&](auto d, std::size_t i) {
    const auto gate = activated<Activation::silu>(d, load(d, task.gate + i));
    store(d, hn::Mul(gate, load(d, task.value + i)), task.out + i);
  });
}

template <class Number>
void gate_gradient(const SiluGateGradient<Number>& task) {
  for_lanes(task.count, [&](auto d, std::size_t i) {
    const auto gate = load(d, task.gate + i), value = load(d, task.value + i),
               grad = load(d, task.grad + i);
    const auto slope_here = slope<Activation::silu>(d, gate);
    store(d, hn::Mul(hn::Mul(grad, value), slope_here), task.gate_out + i);
    store(d, hn::Mul(grad, activated<Activation::silu>(d, gate)), task.value_out + i);
  });
}

/// One head of a row: its numbers, the gradient of what was made of them, and their own.
template <class Number>
struct Head {
  const Number* x;     // [dim]
  const Number* grad;  // [dim]
  Number* out;         // [dim]
};

/// The angles of a row.
struct Angles {
  const float* cosine;  // [dim / 2]
  const float* sine;    // [dim / 2]
};

/// Turned back by the row's angles, then as an RmsNorm. `turned` [dim] is for it alone.
template <class Number>
HWY_INLINE void head_gradient(const Norm& norm, const Angles& angles, const Head<Number>& head,
                              float* turned) {
  const auto half = norm.width / 2;
  for_lanes(half, [&](auto d, std::size_t i) {
    const auto first = load(d, head.grad + i), second = load(d, head.grad + half + i);
    const auto cosine = hn::LoadU(d, angles.cosine + i), sine = hn::LoadU(d, angles.sine + i);
    hn::StoreU(hn::MulAdd(second, sine, hn::Mul(first, cosine)), d, turned + i);
    hn::StoreU(hn::NegMulAdd(first, sine, hn::Mul(second, cosine)), d, turned + half + i);
  });
  norm_row(norm, head.x, turned, head.out);
}

template <class Number>
void head_rows(const HeadGradient<Number>& task) {
  const auto dim = task.dim, width = task.heads * dim, half = dim / 2;
  const Norm query_norm{task.query_gain, dim, task.epsilon};
  const Norm key_norm{task.key_gain, dim, task.epsilon};
  std::vector<float> turned(dim);
  for (std::size_t row = 0; row < task.rows; ++row) {
    const Angles angles{task.cosine + row * half, task.sine + row * half};
    const auto differentiate = [&](const Norm& norm, std::size_t at, const Number* grad) {
      const Head<Number> head{task.qkv + at, grad, task.out + at};
      head_gradient(norm, angles, head, turned.data());
    };
    for (std::size_t head = 0; head < task.heads; ++head) {
      const auto query_at = row * 3 * width + head * dim, key_at = query_at + width;
      const auto from = (head * task.key_rows + row) * dim;
      if (task.query == nullptr) {
        std::fill_n(task.out + query_at, dim, Number{});
      } else {
        differentiate(query_norm, query_at, task.query + (head * task.query_rows + row) * dim);
      }
      differentiate(key_norm, key_at, task.key + from);
      std::copy_n(task.value + from, dim, task.out + key_at + width);
    }
  }
}

void norm_float(const RmsNormGradient<float>& task) { norm_rows(task); }
void norm_bfloat16(const RmsNormGradient<Bfloat16>& task) { norm_rows(task); }
void product_float(const SiluGate<float>& task) { gate_product(task); }
void product_bfloat16(const SiluGate<Bfloat16>& task) { gate_product(task); }
void gate_float(const SiluGateGradient<float>& task) { gate_gradient(task); }
void gate_bfloat16(const SiluGateGradient<Bfloat16>& task) { gate_gradient(task); }
void heads_float(const HeadGradient<float>& task) { head_rows(task); }
void heads_bfloat16(const HeadGradient<Bfloat16>& task) { head_rows(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(norm_float);
HWY_EXPORT(norm_bfloat16);
HWY_EXPORT(product_float);
HWY_EXPORT(product_bfloat16);
HWY_EXPORT(gate_float);
HWY_EXPORT(gate_bfloat16);
HWY_EXPORT(heads_float);
HWY_EXPORT(heads_bfloat16);

void differentiate(const RmsNormGradient<float>& task) { HWY_DYNAMIC_DISPATCH(norm_float)(task); }
void differentiate(const RmsNormGradient<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(norm_bfloat16)(task);
}
void multiply(const SiluGate<float>& task) { HWY_DYNAMIC_DISPATCH(product_float)(task); }
void multiply(const SiluGate<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(product_bfloat16)(task); }
void differentiate(const SiluGateGradient<float>& task) { HWY_DYNAMIC_DISPATCH(gate_float)(task); }
void differentiate(const SiluGateGradient<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(gate_bfloat16)(task);
}
void differentiate(const HeadGradient<float>& task) { HWY_DYNAMIC_DISPATCH(heads_float)(task); }
void differentiate(const HeadGradient<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(heads_bfloat16)(task);
}

}  // namespace imagine::kernels
#endif
