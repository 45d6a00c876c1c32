#include "kernels/rms_norm.h"

#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rms_norm.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"
#include "kernels/product_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

template <class Number>
void normalise_rows(const RmsNorm<Number>& norm) {
  std::vector<float> kept(norm.width);
  for (std::size_t row = 0; row < norm.rows; ++row) {
    auto* x = norm.x + row * norm.width;
    if (norm.added.values != nullptr) {
      const ProductRow<Number> added(norm.added, row, norm.width);
      for_lanes(norm.width, [&](auto d, std::size_t i) {
        hn::StoreU(hn::Add(hn::LoadU(d, x + i), added.at(d, i)), d, x + i);
      });
    }
    if (norm.out.values == nullptr && norm.out.bytes == nullptr) continue;
    const float squares = sum_of(norm.width, [&](auto d, std::size_t i) {
      const auto number = hn::LoadU(d, x + i);
      return hn::Mul(number, number);
    });
    const float inverse = 1 / std::sqrt(squares / static_cast<float>(norm.width) + norm.epsilon);
    write_row(norm.out, row, norm.width, kept.data(), [&](auto d, std::size_t i) {
      const auto normal = hn::Mul(hn::LoadU(d, x + i), hn::Set(d, inverse));
      return hn::Mul(normal, hn::LoadU(d, norm.gain + i));
    });
  }
}

void norm_float(const RmsNorm<float>& norm) { normalise_rows(norm); }
void norm_bfloat16(const RmsNorm<Bfloat16>& norm) { normalise_rows(norm); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(norm_float);
HWY_EXPORT(norm_bfloat16);

void normalise(const RmsNorm<float>& norm) { HWY_DYNAMIC_DISPATCH(norm_float)(norm); }
void normalise(const RmsNorm<Bfloat16>& norm) { HWY_DYNAMIC_DISPATCH(norm_bfloat16)(norm); }

}  // namespace imagine::kernels
#endif
