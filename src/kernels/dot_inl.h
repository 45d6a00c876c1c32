/// Sums of bytes times bytes, once for each instruction set. Included after highway.h by files that
/// define HWY_WANT_AVX3_DL: such sums are an instruction of those processors alone (VNNI). There
/// Highway 1.0 lets the compiler use AVX-VNNI too, which not all of them have, and a vectorised
/// loop would: those files are compiled without such loops.
#if defined(IMAGINE_KERNELS_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef IMAGINE_KERNELS_DOT_INL_H_
#undef IMAGINE_KERNELS_DOT_INL_H_
#else
#define IMAGINE_KERNELS_DOT_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "kernels/lanes_inl.h"

#undef IMAGINE_KERNELS_VNNI
#define IMAGINE_KERNELS_VNNI (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL)

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {

using Whole = hn::ScalableTag<std::int32_t>;
using Sum = hn::Vec<Whole>;

// Bytes beside each other, four for each lane of a Sum; and
// dot(): sum[i] + a[4 i] b[4 i] + ... + a[4 i + 3] b[4 i + 3].
#if HWY_TARGET == HWY_SCALAR

template <class Byte>
struct Quad {
  Byte bytes[4];  // NOLINT(modernize-avoid-c-arrays)
};

using Bytes = Quad<std::uint8_t>;
using SignedBytes = Quad<std::int8_t>;

template <class Byte>
HWY_INLINE Quad<Byte> load_bytes(const Byte* from) {
  Quad<Byte> quad;
  std::memcpy(&quad, from, sizeof quad);
  return quad;
}

HWY_INLINE Bytes as_bytes(Sum quads) {
  return load_bytes(reinterpret_cast<const std::uint8_t*>(&quads.raw));
}
HWY_INLINE SignedBytes as_signed_bytes(Sum quads) {
  return load_bytes(reinterpret_cast<const std::int8_t*>(&quads.raw));
}

HWY_INLINE Sum dot(Sum sum, const Bytes& a, const SignedBytes& b) {
  for (int i = 0; i < 4; ++i) sum.raw += a.bytes[i] * b.bytes[i];
  return sum;
}

#else

using Bytes = hn::Vec<hn::Repartition<std::uint8_t, Whole> >;
using SignedBytes = hn::Vec<hn::Repartition<std::int8_t, Whole> >;

template <class Byte>
HWY_INLINE auto load_bytes(const Byte* from) {
  return hn::LoadU(hn::Repartition<Byte, Whole>(), from);
}

HWY_INLINE Bytes as_bytes(Sum quads) {
  return hn::BitCast(hn::Repartition<std::uint8_t, Whole>(), quads);
}
HWY_INLINE SignedBytes as_signed_bytes(Sum quads) {
  return hn::BitCast(hn::Repartition<std::int8_t, Whole>(), quads);
}

#if IMAGINE_KERNELS_VNNI
/// The instruction itself: around its intrinsic GCC 12 copies every sum of a tile there and
/// back.
HWY_INLINE Sum dot(Sum sum, Bytes a, SignedBytes b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
  return sum;
}
#else
/// Of every second byte, and of those between them: pairs of their products are added exactly.
HWY_INLINE Sum dot(Sum sum, Bytes a, SignedBytes b) {
  const hn::Repartition<std::int16_t, Whole> half;
  const hn::RebindToUnsigned<decltype(half)> unsigned_half;
  const auto pairs = hn::BitCast(unsigned_half, a);
  const auto even = hn::BitCast(half, hn::And(pairs, hn::Set(unsigned_half, 0xFF)));
  const auto odd = hn::BitCast(half, hn::ShiftRight<8>(pairs));
  const auto signed_odd = hn::ShiftRight<8>(hn::BitCast(half, b));
  const auto signed_even = hn::ShiftRight<8>(hn::ShiftLeft<8>(hn::BitCast(half, b)));
  auto rest = hn::Zero(Whole());
  sum = hn::ReorderWidenMulAccumulate(Whole(), even, signed_even, sum, rest);
  sum = hn::ReorderWidenMulAccumulate(Whole(), odd, signed_odd, sum, rest);
  return hn::Add(sum, rest);
}
#endif
#endif

}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
