#include "kernels/few_rows.h"

#include <array>
#include <numeric>
#include <vector>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/few_rows.cpp"
#include <hwy/foreach_target.h>

#include "kernels/dot_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

constexpr std::size_t kRows = 5, kOuts = 4;  // of a tile, whose sums stay in registers

std::size_t step() { return 4 * hn::Lanes(Whole()); }
int total(Sum sum) { return hn::GetLane(hn::SumOfLanes(Whole(), sum)); }

using Totals = std::array<std::int32_t, kOuts>;

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE Totals totals(Sum a, Sum b, Sum c, Sum d) { return {a.raw, b.raw, c.raw, d.raw}; }
#else
/// The sum of a vector's parts of four lanes.
template <class D>
HWY_INLINE auto folded(D d, hn::VFromD<D> sums) {
  if constexpr (hn::MaxLanes(D()) > kOuts) {
    const hn::Half<D> half;
    return folded(half, hn::Add(hn::LowerHalf(half, sums), hn::UpperHalf(half, sums)));
  } else {
    return hn::VFromD<decltype(d)>(sums);
  }
}

/// The sum over the lanes of each of the vectors: all at once, as pairs and pairs of those.
HWY_INLINE Totals totals(Sum a, Sum b, Sum c, Sum d) {
  const Whole whole;
  const hn::Repartition<std::int64_t, Whole> pairs;
  const auto ab = hn::BitCast(
      pairs, hn::Add(hn::InterleaveLower(whole, a, b), hn::InterleaveUpper(whole, a, b)));
  const auto cd = hn::BitCast(
      pairs, hn::Add(hn::InterleaveLower(whole, c, d), hn::InterleaveUpper(whole, c, d)));
  const auto all = hn::Add(hn::BitCast(whole, hn::InterleaveLower(pairs, ab, cd)),
                           hn::BitCast(whole, hn::InterleaveUpper(pairs, ab, cd)));
  Totals totals;
  hn::StoreU(folded(whole, all), hn::CappedTag<std::int32_t, kOuts>(), totals.data());
  return totals;
}
#endif

/// The products of rows row .. row + rows - 1 with outs n .. n + kOuts - 1, of which `zeros` are
/// what a row of zeros makes.
template <std::size_t rows, class Number>
HWY_INLINE void tile(const FewRows<Number>& task, std::size_t row, std::size_t n,
                     const Totals& zeros) {
  Sum sums[rows][kOuts];  // NOLINT(modernize-avoid-c-arrays): stays in registers
  for (auto& line : sums) {
    for (auto& sum : line) sum = hn::Zero(Whole());
  }
  const auto* from = task.rows + row * task.width;
  const auto* weight = task.weight + n * task.width;
  std::size_t k = 0;
  for (; k + step() <= task.width; k += step()) {
    for (std::size_t j = 0; j < kOuts; ++j) {
      const auto some = load_bytes(weight + j * task.width + k);
      for (std::size_t i = 0; i < rows; ++i) {
        sums[i][j] = dot(sums[i][j], load_bytes(from + i * task.width + k), some);
      }
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    auto all = totals(sums[i][0], sums[i][1], sums[i][2], sums[i][3]);
    for (std::size_t j = 0; j < kOuts; ++j) {
      for (auto at = k; at < task.width; ++at) {
        all[j] += from[i * task.width + at] * weight[j * task.width + at];
      }
    }
    auto* out = task.out + (row + i) * task.stride + n;
    for_lanes(kOuts, [&](auto d, std::size_t j) {
      const hn::RebindToSigned<decltype(d)> whole;
      const auto sum =
          hn::Sub(hn::LoadU(whole, all.data() + j), hn::LoadU(whole, zeros.data() + j));
      store(d, hn::Mul(hn::ConvertTo(d, sum), hn::LoadU(d, task.steps + n + j)), out + j);
    });
  }
}

/// What a row of bytes that stand for zero makes. ones [width]
template <class Number>
Totals zeros_of(const FewRows<Number>& task, std::size_t n, const std::vector<std::uint8_t>& ones) {
  Totals zeros{};
  for (std::size_t j = 0; j < kOuts; ++j) {
    const auto* weight = task.weight + (n + j) * task.width;
    auto sum = hn::Zero(Whole());
    std::size_t k = 0;
    for (; k + step() <= task.width; k += step()) {
      sum = dot(sum, load_bytes(ones.data() + k), load_bytes(weight + k));
    }
    zeros[j] = kZeroByte * std::accumulate(weight + k, weight + task.width, total(sum));
  }
  return zeros;
}

template <class Number>
void product(const FewRows<Number>& task) {
  const std::vector<std::uint8_t> ones(task.width, 1);
  for (std::size_t n = 0; n < task.outs; n += kOuts) {
    const auto zeros = zeros_of(task, n, ones);
    std::size_t row = 0;
    for (; row + kRows <= task.count; row += kRows) tile<kRows>(task, row, n, zeros);
    for (; row < task.count; ++row) tile<1>(task, row, n, zeros);
  }
}

void product_float(const FewRows<float>& task) { product(task); }
void product_bfloat16(const FewRows<Bfloat16>& task) { product(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(product_float);
HWY_EXPORT(product_bfloat16);

void multiply(const FewRows<float>& task) { HWY_DYNAMIC_DISPATCH(product_float)(task); }
void multiply(const FewRows<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(product_bfloat16)(task); }

}  // namespace imagine::kernels
#endif
