#include "kernels/place_heads.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/place_heads.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"
#include "kernels/product_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

/// The angles of a row, and how a head is normalised.
struct Placing {
  const float* gain;
  const float* cosine;
  const float* sine;
  float epsilon;
};

template <class Number>
HWY_INLINE void place_head(const ProductRow<Number>& row, std::size_t begin, std::size_t dim,
                           const Placing& placing, Number* out) {
  const float squares = sum_of(dim, [&](auto d, std::size_t i) {
    const auto number = row.at(d, begin + i);
    return hn::Mul(number, number);
  });
  const float inverse = 1 / std::sqrt(squares / static_cast<float>(dim) + placing.epsilon);
  const auto half = dim / 2;
  for_lanes(half, [&](auto d, std::size_t i) {
    const auto scale = hn::Set(d, inverse);
    const auto normal = [&](std::size_t at) {
      return hn::Mul(hn::Mul(row.at(d, begin + at), scale), hn::LoadU(d, placing.gain + at));
    };
    const auto first = normal(i), second = normal(half + i);
    const auto cosine = hn::LoadU(d, placing.cosine + i), sine = hn::LoadU(d, placing.sine + i);
    store(d, hn::NegMulAdd(second, sine, hn::Mul(first, cosine)), out + i);
    store(d, hn::MulAdd(first, sine, hn::Mul(second, cosine)), out + half + i);
  });
}

template <class Number>
void place_rows(const HeadPlaces<Number>& task) {
  const auto dim = task.dim, width = task.heads * dim, half = dim / 2;
  for (std::size_t row = 0; row < task.rows; ++row) {
    const ProductRow<Number> from(task.qkv, row, 3 * width);
    const auto placing = [&](const float* gain) {
      return Placing{gain, task.cosine + row * half, task.sine + row * half, task.epsilon};
    };
    for (std::size_t head = 0; head < task.heads; ++head) {
      const auto key_at = (head * task.key_rows + row) * dim;
      if (task.query != nullptr) {
        place_head(from, head * dim, dim, placing(task.query_gain),
                   task.query + (head * task.query_rows + row) * dim);
      }
      place_head(from, width + head * dim, dim, placing(task.key_gain), task.key + key_at);
      for_lanes(dim, [&](auto d, std::size_t i) {
        store(d, from.at(d, 2 * width + head * dim + i), task.value + key_at + i);
      });
    }
  }
}

void place_float(const HeadPlaces<float>& task) { place_rows(task); }
void place_bfloat16(const HeadPlaces<Bfloat16>& task) { place_rows(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(place_float);
HWY_EXPORT(place_bfloat16);

void place(const HeadPlaces<float>& task) { HWY_DYNAMIC_DISPATCH(place_float)(task); }
void place(const HeadPlaces<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(place_bfloat16)(task); }

}  // namespace imagine::kernels
#endif
