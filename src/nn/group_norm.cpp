#include "nn/group_norm.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/utils.h>

#include "kernels/channel_affine.h"
#include "nn/numbers.h"

namespace imagine::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// Sums of so many pixels are taken by themselves, so that they do not depend on the threads.
constexpr int64_t kPixelsPerTask = 1024;

/// Pixels of one picture.
struct Pixels {
  int64_t task;
  int64_t picture;
  int64_t begin;  // of the first one's numbers among all
  int64_t count;
};

int64_t tasks_in(const Tensor& x) {
  return (x.size(2) * x.size(3) + kPixelsPerTask - 1) / kPixelsPerTask;
}

/// body(Pixels) for all pixels of x [B, C, H, W] channels last, on all threads.
template <class Body>
void for_pixels(const Tensor& x, const Body& body) {
  const auto pixels = x.size(2) * x.size(3), tasks = tasks_in(x);
  at::parallel_for(0, x.size(0) * tasks, 1, [&](int64_t first, int64_t last) {
    for (auto task = first; task < last; ++task) {
      const auto picture = task / tasks, begin = task % tasks * kPixelsPerTask;
      body(Pixels{.task = task,
                  .picture = picture,
                  .begin = (picture * pixels + begin) * x.size(1),
                  .count = std::min(kPixelsPerTask, pixels - begin)});
    }
  });
}

/// Two sums for each channel and task: [2, B, tasks, C] double.
Tensor task_sums(const Tensor& x) {
  return torch::zeros({2, x.size(0), tasks_in(x), x.size(1)}, torch::kDouble);
}

double* sums_of(const Tensor& sums, int64_t which, int64_t task) {
  return sums.data_ptr<double>() + (which * sums.size(1) * sums.size(2) + task) * sums.size(3);
}

/// [B, C] of each channel -> [B, G, C / G]
Tensor grouped(const Tensor& channels, int64_t groups) {
  return channels.unflatten(1, {groups, -1});
}

/// [B, G, 1] of each group -> [B, C]
Tensor spread(const Tensor& of_groups, const Tensor& channels) {
  return of_groups.expand({-1, -1, channels.size(1) / of_groups.size(1)}).flatten(1);
}

struct Moments {
  Tensor mean, inverse_deviation;  // [B, C] double
};

Moments moments_of(const Tensor& x, const GroupNormOptions& options) {
  const auto sums = task_sums(x);
  for_numbers_of(x, [&]<class Number>(Number) {
    for_pixels(x, [&](Pixels pixels) {
      kernels::sum_channels(kernels::ChannelSums<Number>{.x = numbers<Number>(x) + pixels.begin,
                                                         .sums = sums_of(sums, 0, pixels.task),
                                                         .squares = sums_of(sums, 1, pixels.task),
                                                         .pixels = std::size_t(pixels.count),
                                                         .channels = std::size_t(x.size(1))});
    });
  });
  const auto of_channels = sums.sum(2);  // [2, B, C]
  const auto count = double(x.size(2) * x.size(3) * x.size(1) / options.groups);
  const auto mean =
      grouped(of_channels[0], options.groups).sum(2, /*keepdim=*/true) / count;  // [B, G, 1]
  const auto square = grouped(of_channels[1], options.groups).sum(2, /*keepdim=*/true) / count;
  const auto variance = (square - mean * mean).clamp_min(0);
  return {.mean = spread(mean, of_channels[0]),
          .inverse_deviation = spread((variance + options.epsilon).rsqrt(), of_channels[0])};
}

/// out = activation(x * scale + shift), scale and shift [B, C] float.
Tensor mapped(const Tensor& x, const Tensor& scale, const Tensor& shift, Activation activation) {
  const auto out = torch::empty_like(x);
  const auto channels = x.size(1);
  for_numbers_of(x, [&]<class Number>(Number) {
    for_pixels(x, [&](Pixels pixels) {
      kernels::map_channels(
          kernels::ChannelAffine<Number>{.x = numbers<Number>(x) + pixels.begin,
                                         .scale = numbers<float>(scale) + pixels.picture * channels,
                                         .shift = numbers<float>(shift) + pixels.picture * channels,
                                         .out = numbers<Number>(out) + pixels.begin,
                                         .pixels = std::size_t(pixels.count),
                                         .channels = std::size_t(channels),
                                         .activation = activation});
    });
  });
  return out;
}

Tensor as_float(const Tensor& channels) { return channels.to(torch::kFloat).contiguous(); }

struct GroupNorm : torch::autograd::Function<GroupNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& gain,
                        const Tensor& offset, const GroupNormOptions& options) {
    const auto x = given.contiguous(torch::MemoryFormat::ChannelsLast);
    const auto moments = moments_of(x, options);
    const auto scale = moments.inverse_deviation * gain;  // [B, C] double
    const auto shift = as_float(offset - moments.mean * scale);
    context->saved_data["groups"] = options.groups;
    context->saved_data["activation"] = int64_t(options.activation);
    context->saved_data["shared"] = gain.size(0) != x.size(0);
    context->save_for_backward({x, gain, moments.mean, moments.inverse_deviation, shift});
    return mapped(x, as_float(scale), shift, options.activation);
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients);
};

/// Through the activation in one pass that also sums, through the moments in another. With n
/// numbers in a group, normal = (x - mean) / deviation and z its affine map, the gradient of x is
/// (gain * dz - mean(gain * dz) - normal * mean(gain * dz * normal)) / deviation.
tensor_list GroupNorm::backward(AutogradContext* context, const tensor_list& gradients) {
  const auto saved = context->get_saved_variables();
  const auto &x = saved[0], &gain = saved[1], &mean = saved[2], &inverse = saved[3];
  const auto& shift = saved[4];
  const auto groups = context->saved_data["groups"].toInt(), channels = x.size(1);
  const auto activation = Activation(context->saved_data["activation"].toInt());
  const auto scale = as_float(inverse * gain);
  const auto out_gradient = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
  const auto gradient = torch::empty_like(x), sums = task_sums(x);
  for_numbers_of(x, [&]<class Number>(Number) {
    for_pixels(x, [&](Pixels pixels) {
      kernels::backpropagate(kernels::ChannelAffineBackward<Number>{
          .x = numbers<Number>(x) + pixels.begin,
          .scale = numbers<float>(scale) + pixels.picture * channels,
          .shift = numbers<float>(shift) + pixels.picture * channels,
          .out_gradient = numbers<Number>(out_gradient) + pixels.begin,
          .z_gradient = numbers<Number>(gradient) + pixels.begin,
          .sums = sums_of(sums, 0, pixels.task),
          .products = sums_of(sums, 1, pixels.task),
          .pixels = std::size_t(pixels.count),
          .channels = std::size_t(channels),
          .activation = activation});
    });
  });
  const auto of_channels = sums.sum(2);          // [2, B, C]
  const auto& offset_gradient = of_channels[0];  // [B, C]
  const auto gain_gradient = inverse * (of_channels[1] - mean * offset_gradient);
  const auto group_mean = [&](const Tensor& of_each) {
    const auto count = double(x.size(2) * x.size(3) * channels / groups);
    return spread(grouped(gain * of_each, groups).sum(2, /*keepdim=*/true) / count, of_each);
  };
  const auto lean = -inverse * inverse * group_mean(gain_gradient);
  const auto float_lean = as_float(lean);
  const auto pull = as_float(-inverse * group_mean(offset_gradient) - lean * mean);
  for_numbers_of(x, [&]<class Number>(Number) {
    for_pixels(x, [&](Pixels pixels) {
      kernels::backpropagate(kernels::ChannelMomentsBackward<Number>{
          .x = numbers<Number>(x) + pixels.begin,
          .scale = numbers<float>(scale) + pixels.picture * channels,
          .lean = numbers<float>(float_lean) + pixels.picture * channels,
          .pull = numbers<float>(pull) + pixels.picture * channels,
          .gradient = numbers<Number>(gradient) + pixels.begin,
          .pixels = std::size_t(pixels.count),
          .channels = std::size_t(channels)});
    });
  });
  const bool shared = context->saved_data["shared"].toBool();
  const auto given_back = [&](const Tensor& of_each) {
    return (shared ? of_each.sum(0, /*keepdim=*/true) : of_each).to(gain.scalar_type());
  };
  return {gradient, given_back(gain_gradient), given_back(offset_gradient), {}};
}

Tensor composed(const Tensor& x, const Tensor& gain, const Tensor& offset,
                const GroupNormOptions& options) {
  const bool shared = gain.size(0) == 1;
  const auto wide = [](const Tensor& channels) { return channels.unsqueeze(2).unsqueeze(3); };
  const auto z = shared
                     ? torch::group_norm(x, options.groups, gain[0], offset[0], options.epsilon)
                     : torch::addcmul(wide(offset),
                                      torch::group_norm(x, options.groups, {}, {}, options.epsilon),
                                      wide(gain));
  switch (options.activation) {
    case Activation::none:
      return z;
    case Activation::silu:
      return torch::silu(z);
    case Activation::gelu:
      return torch::gelu(z);
  }
  return z;
}

}  // namespace

Tensor modulated_group_norm(const Tensor& x, const Tensor& gain, const Tensor& offset,
                            const GroupNormOptions& options) {
  RECORD_USER_SCOPE("imagine::modulated_group_norm");
  if (!has_kernel(x)) return composed(x, gain, offset, options);
  return GroupNorm::apply(x, gain, offset, options);
}

}  // namespace imagine::nn
