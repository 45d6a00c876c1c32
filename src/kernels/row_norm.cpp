#include "kernels/row_norm.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/row_norm.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

template <class Number>
RowMoments moments_of(const Number* x, std::size_t width, float epsilon) {
  const float mean = sum_of(width, [&](auto d, std::size_t i) { return load(d, x + i); }) /
                     static_cast<float>(width);
  const float squares = sum_of(width, [&](auto d, std::size_t i) {
    const auto away = hn::Sub(load(d, x + i), hn::Set(d, mean));
    return hn::Mul(away, away);
  });
  return {mean, 1 / std::sqrt(squares / static_cast<float>(width) + epsilon)};
}

template <class Number>
void normalise_rows(const RowNorm<Number>& norm) {
  for (std::size_t row = 0; row < norm.rows; ++row) {
    const auto* x = norm.x + row * norm.width;
    auto* out = norm.out + row * norm.width;
    const auto moments = norm.moments[row] = moments_of(x, norm.width, norm.epsilon);
    for_lanes(norm.width, [&](auto d, std::size_t i) {
      const auto centred = hn::Sub(load(d, x + i), hn::Set(d, moments.mean));
      const auto normal = hn::Mul(centred, hn::Set(d, moments.inverse_deviation));
      store(d, hn::MulAdd(normal, load(d, norm.gain + i), load(d, norm.offset + i)), out + i);
    });
  }
}

template <class Number>
void backpropagate_rows(const RowNormBackward<Number>& norm) {
  for (std::size_t row = 0; row < norm.rows; ++row) {
    const auto* x = norm.x + row * norm.width;
    const auto* out_gradient = norm.out_gradient + row * norm.width;
    auto* x_gradient = norm.x_gradient + row * norm.width;
    const auto [mean, inverse] = norm.moments[row];
    const auto normal = [&](auto d, std::size_t i) {
      return hn::Mul(hn::Sub(load(d, x + i), hn::Set(d, mean)), hn::Set(d, inverse));
    };
    const auto gained = [&](auto d, std::size_t i) {
      return hn::Mul(load(d, out_gradient + i), load(d, norm.gain + i));
    };
    const auto width = static_cast<float>(norm.width);
    const float pull = sum_of(norm.width, gained) / width;
    const float lean =
        sum_of(norm.width,
               [&](auto d, std::size_t i) { return hn::Mul(gained(d, i), normal(d, i)); }) /
        width;
    for_lanes(norm.width, [&](auto d, std::size_t i) {
      const auto direction = normal(d, i), gradient = load(d, out_gradient + i);
      const auto rest =
          hn::NegMulAdd(direction, hn::Set(d, lean), hn::Sub(gained(d, i), hn::Set(d, pull)));
      store(d, hn::Mul(rest, hn::Set(d, inverse)), x_gradient + i);
      store(d, hn::MulAdd(gradient, direction, load(d, norm.gain_gradient + i)),
            norm.gain_gradient + i);
      store(d, hn::Add(gradient, load(d, norm.offset_gradient + i)), norm.offset_gradient + i);
    });
  }
}

void norm_float(const RowNorm<float>& norm) { normalise_rows(norm); }
void norm_bfloat16(const RowNorm<Bfloat16>& norm) { normalise_rows(norm); }
void back_float(const RowNormBackward<float>& norm) { backpropagate_rows(norm); }
void back_bfloat16(const RowNormBackward<Bfloat16>& norm) { backpropagate_rows(norm); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(norm_float);
HWY_EXPORT(norm_bfloat16);
HWY_EXPORT(back_float);
HWY_EXPORT(back_bfloat16);

void normalise(const RowNorm<float>& norm) { HWY_DYNAMIC_DISPATCH(norm_float)(norm); }
void normalise(const RowNorm<Bfloat16>& norm) { HWY_DYNAMIC_DISPATCH(norm_bfloat16)(norm); }
void backpropagate(const RowNormBackward<float>& norm) { HWY_DYNAMIC_DISPATCH(back_float)(norm); }
void backpropagate(const RowNormBackward<Bfloat16>& norm) {
  HWY_DYNAMIC_DISPATCH(back_bfloat16)(norm);
}

}  // namespace imagine::kernels
#endif
