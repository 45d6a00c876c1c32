#include "kernels/gated_product.h"

#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gated_product.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"
#include "kernels/product_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

template <Gate kind, class D>
HWY_INLINE hn::VFromD<D> opened(D d, hn::VFromD<D> x) {
  if constexpr (kind == Gate::silu) return hn::Mul(x, sigmoid(d, x));
  // (1 + tanh(z)) / 2 is the sigmoid of 2 z.
  constexpr float kTwice = 1.59576912F, kCubic = 0.044715F;  // 2 sqrt(2 / pi)
  const auto square = hn::Mul(x, x);
  const auto bent = hn::MulAdd(hn::Mul(square, x), hn::Set(d, kCubic), x);
  return hn::Mul(x, sigmoid(d, hn::Mul(bent, hn::Set(d, kTwice))));
}

template <Gate kind, class Number>
void gate_rows(const GatedProduct<Number>& task) {
  std::vector<float> kept(task.width);
  for (std::size_t row = 0; row < task.rows; ++row) {
    const ProductRow<Number> both(task.both, row, 2 * task.width);
    write_row(task.out, row, task.width, kept.data(), [&](auto d, std::size_t i) {
      return hn::Mul(opened<kind>(d, both.at(d, i)), both.at(d, task.width + i));
    });
  }
}

template <class Number>
void gate_by_kind(const GatedProduct<Number>& task) {
  if (task.gate == Gate::silu) return gate_rows<Gate::silu>(task);
  gate_rows<Gate::gelu_tanh>(task);
}

void gate_float(const GatedProduct<float>& task) { gate_by_kind(task); }
void gate_bfloat16(const GatedProduct<Bfloat16>& task) { gate_by_kind(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(gate_float);
HWY_EXPORT(gate_bfloat16);

void gate(const GatedProduct<float>& task) { HWY_DYNAMIC_DISPATCH(gate_float)(task); }
void gate(const GatedProduct<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(gate_bfloat16)(task); }

}  // namespace imagine::kernels
#endif
