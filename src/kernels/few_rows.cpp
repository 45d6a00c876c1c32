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

/// One number in place of a whole vector.
template <class Number>
HWY_INLINE void put(float value, Number* to) {
  const hn::CappedTag<float, 1> one;
  store(one, hn::Set(one, value), to);
}

/// The products of rows row .. row + rows - 1 with outs n .. n + kOuts - 1, of which `zeros` are
/// what a row of zeros makes.
template <std::size_t rows, class Number>
HWY_INLINE void tile(const FewRows<Number>& task, std::size_t row, std::size_t n,
                     const std::array<int, kOuts>& zeros) {
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
    for (std::size_t j = 0; j < kOuts; ++j) {
      auto sum = total(sums[i][j]) - zeros[j];
      for (auto at = k; at < task.width; ++at) {
        sum += from[i * task.width + at] * weight[j * task.width + at];
      }
      put(static_cast<float>(sum) * task.steps[n + j], task.out + (row + i) * task.stride + n + j);
    }
  }
}

/// What a row of bytes that stand for zero makes. ones [width]
template <class Number>
std::array<int, kOuts> zeros_of(const FewRows<Number>& task, std::size_t n,
                                const std::vector<std::uint8_t>& ones) {
  std::array<int, kOuts> zeros{};
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
