#include "kernels/channel_affine.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channel_affine.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

/// So many pixels are summed in fp32 before they join the sum in double precision.
constexpr std::size_t kBlock = 64;

/// body(d, channel) for the channels of one block of pixels, whole vectors first.
template <class Body>
HWY_INLINE void for_blocks(std::size_t pixels, std::size_t channels, const Body& body) {
  for (std::size_t begin = 0; begin < pixels; begin += kBlock) {
    const auto end = std::min(pixels, begin + kBlock);
    for_lanes(channels, [&](auto d, std::size_t channel) { body(d, channel, begin, end); });
  }
}

template <class D>
HWY_INLINE void add_to(D d, hn::VFromD<D> value, double* to) {
  HWY_ALIGN float lanes[hn::MaxLanes(hn::ScalableTag<float>())];
  hn::Store(value, d, lanes);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) to[i] += static_cast<double>(lanes[i]);
}

template <class Number>
void sum_all(const ChannelSums<Number>& task) {
  for_blocks(task.pixels, task.channels,
             [&](auto d, std::size_t channel, std::size_t begin, std::size_t end) {
               auto sum = hn::Zero(d), square = hn::Zero(d);
               for (std::size_t pixel = begin; pixel < end; ++pixel) {
                 const auto x = load(d, task.x + pixel * task.channels + channel);
                 sum = hn::Add(sum, x);
                 square = hn::MulAdd(x, x, square);
               }
               add_to(d, sum, task.sums + channel);
               add_to(d, square, task.squares + channel);
             });
}

template <Activation kind, class Number>
void map_as(const ChannelAffine<Number>& task) {
  for (std::size_t pixel = 0; pixel < task.pixels; ++pixel) {
    const auto* x = task.x + pixel * task.channels;
    auto* out = task.out + pixel * task.channels;
    for_lanes(task.channels, [&](auto d, std::size_t channel) {
      const auto z = hn::MulAdd(load(d, x + channel), load(d, task.scale + channel),
                                load(d, task.shift + channel));
      store(d, activated<kind>(d, z), out + channel);
    });
  }
}

template <Activation kind, class Number>
void backpropagate_as(const ChannelAffineBackward<Number>& task) {
  for_blocks(task.pixels, task.channels,
             [&](auto d, std::size_t channel, std::size_t begin, std::size_t end) {
               const auto scale = load(d, task.scale + channel);
               const auto shift = load(d, task.shift + channel);
               auto sum = hn::Zero(d), product = hn::Zero(d);
               for (std::size_t pixel = begin; pixel < end; ++pixel) {
                 const auto at = pixel * task.channels + channel;
                 const auto x = load(d, task.x + at);
                 const auto gradient = hn::Mul(load(d, task.out_gradient + at),
                                               slope<kind>(d, hn::MulAdd(x, scale, shift)));
                 store(d, gradient, task.z_gradient + at);
                 sum = hn::Add(sum, gradient);
                 product = hn::MulAdd(gradient, x, product);
               }
               add_to(d, sum, task.sums + channel);
               add_to(d, product, task.products + channel);
             });
}

template <class Number>
void finish_all(const ChannelMomentsBackward<Number>& task) {
  for (std::size_t pixel = 0; pixel < task.pixels; ++pixel) {
    const auto* x = task.x + pixel * task.channels;
    auto* gradient = task.gradient + pixel * task.channels;
    for_lanes(task.channels, [&](auto d, std::size_t channel) {
      const auto leaning = hn::MulAdd(load(d, x + channel), load(d, task.lean + channel),
                                      load(d, task.pull + channel));
      store(d, hn::MulAdd(load(d, gradient + channel), load(d, task.scale + channel), leaning),
            gradient + channel);
    });
  }
}

template <class Number>
void map_any(const ChannelAffine<Number>& task) {
  switch (task.activation) {
    case Activation::none:
      return map_as<Activation::none>(task);
    case Activation::silu:
      return map_as<Activation::silu>(task);
    case Activation::gelu:
      return map_as<Activation::gelu>(task);
  }
}

template <class Number>
void backpropagate_any(const ChannelAffineBackward<Number>& task) {
  switch (task.activation) {
    case Activation::none:
      return backpropagate_as<Activation::none>(task);
    case Activation::silu:
      return backpropagate_as<Activation::silu>(task);
    case Activation::gelu:
      return backpropagate_as<Activation::gelu>(task);
  }
}

void sum_float(const ChannelSums<float>& task) { sum_all(task); }
void sum_bfloat16(const ChannelSums<Bfloat16>& task) { sum_all(task); }
void map_float(const ChannelAffine<float>& task) { map_any(task); }
void map_bfloat16(const ChannelAffine<Bfloat16>& task) { map_any(task); }
void back_float(const ChannelAffineBackward<float>& task) { backpropagate_any(task); }
void back_bfloat16(const ChannelAffineBackward<Bfloat16>& task) { backpropagate_any(task); }
void finish_float(const ChannelMomentsBackward<float>& task) { finish_all(task); }
void finish_bfloat16(const ChannelMomentsBackward<Bfloat16>& task) { finish_all(task); }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(sum_float);
HWY_EXPORT(sum_bfloat16);
HWY_EXPORT(map_float);
HWY_EXPORT(map_bfloat16);
HWY_EXPORT(back_float);
HWY_EXPORT(back_bfloat16);
HWY_EXPORT(finish_float);
HWY_EXPORT(finish_bfloat16);

void sum_channels(const ChannelSums<float>& task) { HWY_DYNAMIC_DISPATCH(sum_float)(task); }
void sum_channels(const ChannelSums<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(sum_bfloat16)(task); }
void map_channels(const ChannelAffine<float>& task) { HWY_DYNAMIC_DISPATCH(map_float)(task); }
void map_channels(const ChannelAffine<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(map_bfloat16)(task); }
void backpropagate(const ChannelAffineBackward<float>& task) {
  HWY_DYNAMIC_DISPATCH(back_float)(task);
}
void backpropagate(const ChannelAffineBackward<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(back_bfloat16)(task);
}
void backpropagate(const ChannelMomentsBackward<float>& task) {
  HWY_DYNAMIC_DISPATCH(finish_float)(task);
}
void backpropagate(const ChannelMomentsBackward<Bfloat16>& task) {
  HWY_DYNAMIC_DISPATCH(finish_bfloat16)(task);
}

}  // namespace imagine::kernels
#endif
