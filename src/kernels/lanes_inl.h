/// What the kernels share, once for each instruction set: computing in fp32 lanes on arrays of fp32
/// or bf16. Included after highway.h by files that are compiled once for each set.
#if defined(IMAGINE_KERNELS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef IMAGINE_KERNELS_LANES_INL_H_
#undef IMAGINE_KERNELS_LANES_INL_H_
#else
#define IMAGINE_KERNELS_LANES_INL_H_
#endif

#include <cstddef>
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/activation.h"
#include "kernels/bfloat16.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::VFromD<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}

template <class D>
HWY_INLINE hn::VFromD<D> load(D d, const Bfloat16* from) {
  const hn::Rebind<std::uint16_t, D> half;
  const hn::RebindToUnsigned<D> whole;
  const auto bits = hn::PromoteTo(whole, hn::LoadU(half, &from->bits));
  return hn::BitCast(d, hn::ShiftLeft<16>(bits));
}

template <class D>
HWY_INLINE void store(D d, hn::VFromD<D> value, float* to) {
  hn::StoreU(value, d, to);
}

/// To the nearest, ties to even; what is not a number stays none.
template <class D>
HWY_INLINE void store(D, hn::VFromD<D> value, Bfloat16* to) {
  const hn::Rebind<std::uint16_t, D> half;
  const hn::RebindToUnsigned<D> whole;
  const auto bits = hn::BitCast(whole, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(whole, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(whole, 0x7FFF)));
  const auto none = hn::RebindMask(whole, hn::IsNaN(value));
  const auto safe = hn::IfThenElse(none, hn::Set(whole, 0x7FC00000), rounded);
  hn::StoreU(hn::TruncateTo(half, hn::ShiftRight<16>(safe)), half, &to->bits);
}

/// body(d, i) for whole vectors from 0 on, then for four numbers and single ones up to count.
template <class Body>
HWY_INLINE void for_lanes(std::size_t count, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> four;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) body(d, i);
  for (; i + hn::Lanes(four) <= count; i += hn::Lanes(four)) body(four, i);
  for (; i < count; ++i) body(one, i);
}

/// The sum of value(d, i) over 0 .. count.
template <class Value>
HWY_INLINE float sum_of(std::size_t count, const Value& value) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = hn::Lanes(d);
  auto even = hn::Zero(d), odd = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    even = hn::Add(even, value(d, i));
    odd = hn::Add(odd, value(d, i + lanes));
  }
  for (; i + lanes <= count; i += lanes) even = hn::Add(even, value(d, i));
  float rest = 0;
  for (; i < count; ++i) rest += hn::GetLane(value(one, i));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd))) + rest;
}

template <class D>
HWY_INLINE hn::VFromD<D> sigmoid(D d, hn::VFromD<D> x) {
  const auto one = hn::Set(d, 1.0F);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(x))));
}

/// c[0] + c[1] x + c[2] x² + ...
template <class D, std::size_t N>
HWY_INLINE hn::VFromD<D> polynomial(D d, hn::VFromD<D> x, const float (&c)[N]) {
  auto sum = hn::Set(d, c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[i]));
  return sum;
}

/// Added to a number below 2^22, and taken away again, it leaves the nearest whole one; between the
/// two the lowest bits are that number.
inline constexpr float kRounding = 3 << 22;

/// 2^x within 1e-4 of itself, for x of at most 100; of less than -100 some number below 1e-30.
template <class D>
HWY_INLINE hn::VFromD<D> power_of_two(D d, hn::VFromD<D> x) {
  // The cubic whose largest error relative to 2^x is least on [-1/2, 1/2].
  constexpr float kPowers[] = {0.99992807F, 0.693260987F, 0.242611174F, 0.0551716899F};
  const hn::RebindToSigned<D> whole;
  const auto bounded = hn::Max(x, hn::Set(d, -100.0F));
  const auto rounding = hn::Set(d, kRounding), nearest = hn::Add(bounded, rounding);
  const auto rest = polynomial(d, hn::Sub(bounded, hn::Sub(nearest, rounding)), kPowers);
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(whole, nearest));
  return hn::BitCast(d, hn::Add(hn::BitCast(whole, rest), exponent));
}

/// The error function within 1.5e-7: least-squares fits, weighted by 1 - erf, of erf(x) / x in x²
/// below 1 and of the logarithm of 1 - erf(x) above it.
template <class D>
HWY_INLINE hn::VFromD<D> erf(D d, hn::VFromD<D> x) {
  constexpr float kNear[] = {1.12837917F,    -0.376126269F,  0.112835975F,   -0.0268543288F,
                             0.00518931194F, -0.0008018855F, 7.88249712e-05F};
  constexpr float kFar[] = {0.000341962344F, 1.12708892F,    0.638142486F,   0.103111457F,
                            -0.0218417071F,  0.00294894595F, -0.00018655171F};
  const auto one = hn::Set(d, 1.0F), size = hn::Abs(x);
  const auto bounded = hn::Min(size, hn::Set(d, 4.0F));  // where it is 1 - 2e-8
  const auto rest = hn::Exp(d, hn::Neg(polynomial(d, bounded, kFar)));
  const auto far = hn::CopySign(hn::Sub(one, rest), x);
  const auto near = hn::Mul(x, polynomial(d, hn::Mul(bounded, bounded), kNear));
  return hn::IfThenElse(hn::Lt(size, one), near, far);
}

/// The normal distribution's share below x.
template <class D>
HWY_INLINE hn::VFromD<D> normal_below(D d, hn::VFromD<D> x) {
  const auto half = hn::Set(d, 0.5F);
  return hn::MulAdd(half, erf(d, hn::Mul(x, hn::Set(d, 0.70710678F))), half);
}

template <Activation kind, class D>
HWY_INLINE hn::VFromD<D> activated(D d, hn::VFromD<D> x) {
  if constexpr (kind == Activation::silu) return hn::Mul(x, sigmoid(d, x));
  if constexpr (kind == Activation::gelu) return hn::Mul(x, normal_below(d, x));
  return x;
}

/// The activation's derivative at x.
template <Activation kind, class D>
HWY_INLINE hn::VFromD<D> slope(D d, hn::VFromD<D> x) {
  const auto one = hn::Set(d, 1.0F);
  if constexpr (kind == Activation::silu) {
    const auto share = sigmoid(d, x);
    return hn::Mul(share, hn::MulAdd(x, hn::Sub(one, share), one));
  }
  if constexpr (kind == Activation::gelu) {
    const auto density =
        hn::Mul(hn::Set(d, 0.39894228F), hn::Exp(d, hn::Mul(hn::Set(d, -0.5F), hn::Mul(x, x))));
    return hn::MulAdd(x, density, normal_below(d, x));
  }
  return one;
}

}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
