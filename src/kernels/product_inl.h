/// Reading and writing of Product and Rows, once for each instruction set. Included after
/// lanes_inl.h.
#if defined(IMAGINE_KERNELS_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef IMAGINE_KERNELS_PRODUCT_INL_H_
#undef IMAGINE_KERNELS_PRODUCT_INL_H_
#else
#define IMAGINE_KERNELS_PRODUCT_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "kernels/lanes_inl.h"
#include "kernels/product.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {

/// The numbers of one row of a product of that width.
template <class Number>
struct ProductRow {
  ProductRow(const Product<Number>& product, std::size_t row, std::size_t width)
      : values(product.values + row * width),
        bias(product.bias),
        scale(product.row_scale == nullptr ? 1.0F : product.row_scale[row]) {}

  template <class D>
  HWY_INLINE hn::VFromD<D> at(D d, std::size_t i) const {
    const auto scaled = hn::Mul(load(d, values + i), hn::Set(d, scale));
    return bias == nullptr ? scaled : hn::Add(scaled, hn::LoadU(d, bias + i));
  }

  const Number* values;
  const float* bias;
  float scale;
};

/// A number's bits without its sign: as whole numbers they are in the order of their sizes, with
/// what is not a number above all, which a largest of numbers may lose.
template <class D>
HWY_INLINE hn::VFromD<hn::RebindToSigned<D>> bits_of_size(D, hn::VFromD<D> number) {
  return hn::BitCast(hn::RebindToSigned<D>(), hn::Abs(number));
}

/// Writes value(d, i) over 0 .. width as the row's numbers or bytes. `kept` [width] holds what is
/// computed until its largest is known. What is not finite makes the step not a number, or
/// infinite.
template <class Number, class Value>
HWY_INLINE void write_row(const Rows<Number>& rows, std::size_t row, std::size_t width, float* kept,
                          const Value& value) {
  if (rows.bytes == nullptr) {
    auto* out = rows.values + row * width;
    for_lanes(width, [&](auto d, std::size_t i) { store(d, value(d, i), out + i); });
    return;
  }
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = hn::Lanes(d);
  const hn::RebindToSigned<decltype(d)> whole;
  auto most = hn::Zero(whole);
  std::size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const auto number = value(d, i);
    most = hn::Max(most, bits_of_size(d, number));
    hn::StoreU(number, d, kept + i);
  }
  auto largest_bits = hn::GetLane(hn::MaxOfLanes(whole, most));
  for (; i < width; ++i) {
    const auto number = value(one, i);
    largest_bits = std::max(largest_bits, hn::GetLane(bits_of_size(one, number)));
    hn::StoreU(number, one, kept + i);
  }
  float largest;
  std::memcpy(&largest, &largest_bits, sizeof largest);
  rows.steps[row] = largest / 127;
  const float inverse = largest > 0 ? 127 / largest : 0;
  auto* out = rows.bytes + row * width;
  const hn::Rebind<std::uint8_t, decltype(d)> byte;
  const auto as_steps = [inverse](auto tag, const float* from) {
    const auto whole = hn::NearestInt(hn::Mul(hn::LoadU(tag, from), hn::Set(tag, inverse)));
    return hn::Add(whole, hn::Set(hn::RebindToSigned<decltype(tag)>(), kZeroByte));
  };
  for (i = 0; i + lanes <= width; i += lanes) {
    hn::StoreU(hn::DemoteTo(byte, as_steps(d, kept + i)), byte, out + i);
  }
  for (; i < width; ++i) out[i] = static_cast<std::uint8_t>(hn::GetLane(as_steps(one, kept + i)));
}

}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
