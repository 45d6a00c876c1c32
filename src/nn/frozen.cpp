#include "nn/frozen.h"

#include <ATen/Parallel.h>
#include <cstdint>
#include <functional>
#include <sys/mman.h>
#include <unistd.h>

#include <torch/utils.h>

#include "core/check.h"
#include "core/physical_memory.h"
#include "kernels/quantize.h"
#include "nn/numbers.h"
#include "nn/packed.h"

namespace imagine::nn {
namespace {

using torch::Tensor;

constexpr int64_t kRowsPerTask = 32;

/// A scale of no rows: a file may fill it.
Tensor unfilled_scale(torch::nn::Module& module) {
  return module.register_buffer(concat("weight", kScaleSuffix), torch::zeros({0}));
}

bool has(const Tensor& scale) { return scale.defined() && scale.numel() > 0; }

/// Values [rows, ...] times the scales of their rows or of parts of those.
Tensor dequantized(const Quantized& weight, torch::Dtype dtype) {
  const auto& [values, scale] = weight;
  const auto rows = scale.size(0), parts = scale.numel() / std::max<int64_t>(rows, 1);
  return values.to(dtype)
      .view({rows, parts, -1})
      .mul_(scale.to(dtype).view({rows, parts, 1}))
      .view(values.sizes());
}

/// As the input's type.
Tensor typed(const Tensor& stored, const Tensor& scale, const Tensor& x) {
  return has(scale) ? dequantized({.values = stored, .scale = scale}, x.scalar_type())
                    : stored.to(x.scalar_type());
}

/// As the input's type; undefined stays undefined.
Tensor typed(const Tensor& stored, const Tensor& x) {
  return stored.defined() ? stored.to(x.scalar_type()) : stored;
}

/// Leaves the pages of a mapped file that hold nothing else to the system.
void release_pages(const Tensor& weight) {
  const auto page = std::uintptr_t(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(weight.data_ptr());
  const auto begin = (address + page - 1) / page * page,
             end = (address + weight.nbytes()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

/// Gives the memory back and keeps the shape.
void forget(Tensor& weight) { weight.set_data(torch::zeros({}).expand(weight.sizes())); }

/// Whether there is a packed weight for inputs like x, after making it with `pack` where it is
/// wanted and none was made.
bool is_packed(PackedWeight& packed, Tensor& weight, const Tensor& x,
               const std::function<Tensor(const Tensor&)>& pack) {
  if (!packed.wanted) return false;
  std::call_once(packed.asked, [&] {
    if (!can_pack(weight, x.scalar_type())) return;
    packed.values = pack(typed(weight, x));
    const bool moved = packed.values.is_mkldnn() || weight.scalar_type() != x.scalar_type();
    if (moved && packed.mapped) release_pages(weight);
    forget(weight);
  });
  return packed.values.defined();
}

}  // namespace

Quantized quantized(const Tensor& weight) {
  const auto stored = weight.detach().flatten(1).contiguous();  // [rows, all else]
  const auto rows = has_kernel(stored) ? stored : stored.to(torch::kCPU, torch::kFloat);
  const auto count = rows.size(0), width = rows.size(1);
  const auto values = torch::empty({count, width}, torch::kChar), scale = torch::empty({count});
  for_numbers_of(rows, [&]<class Number>(Number) {
    at::parallel_for(0, count, kRowsPerTask, [&](int64_t begin, int64_t end) {
      kernels::quantize(
          kernels::RowsToQuantize<Number>{.from = numbers<Number>(rows) + begin * width,
                                          .to = numbers<std::int8_t>(values) + begin * width,
                                          .steps = numbers<float>(scale) + begin,
                                          .rows = std::size_t(end - begin),
                                          .width = std::size_t(width)});
    });
  });
  return {.values = values.view(weight.sizes()), .scale = scale};
}

Tensor dequantized(const Quantized& weight) { return dequantized(weight, torch::kFloat); }

Tensor numbers_of(const Tensor& weight, const Tensor& scale) {
  return has(scale) ? dequantized({.values = weight, .scale = scale}) : weight.to(torch::kFloat);
}

Tensor unfilled(torch::nn::Module& module, const std::string& name, torch::IntArrayRef shape) {
  return module.register_parameter(name, torch::zeros({}).expand(shape), /*requires_grad=*/false);
}

FrozenLinearImpl::FrozenLinearImpl(int64_t in, int64_t out, bool biased)
    : FrozenLinearImpl(torch::IntArrayRef{out, in}, biased) {}

FrozenLinearImpl::FrozenLinearImpl(torch::IntArrayRef shape, bool biased)
    : weight(unfilled(*this, "weight", shape)), weight_scale(unfilled_scale(*this)) {
  if (biased) bias = unfilled(*this, "bias", {shape.front()});
}

Tensor FrozenLinearImpl::forward(const Tensor& x) {
  if (!change) return unchanged(x);
  const auto rows = x.flatten(0, -2);  // [N, in]
  const auto inner = rows.matmul(change->down.t());
  auto y = unchanged(rows).addmm_(inner, change->up.t());
  return y.unflatten(0, x.sizes().slice(0, x.dim() - 1));
}

Tensor FrozenLinearImpl::unchanged(const Tensor& x) {
  const auto pack = [](const Tensor& typed_weight) {
    return packed_linear_weight(typed_weight.flatten(1));
  };
  if (is_packed(packed, weight, x, pack)) return packed_linear(x, packed.values, bias);
  return torch::linear(x, typed(weight, weight_scale, x).flatten(1), typed(bias, x));
}

void FrozenLinearImpl::release(bool copied) {
  if (packed.mapped && copied) release_pages(weight);
  forget(weight);
}

FrozenConv2dImpl::FrozenConv2dImpl(int64_t in, int64_t out, int64_t kernel)
    : weight(unfilled(*this, "weight", {out, in, kernel, kernel})),
      weight_scale(unfilled_scale(*this)),
      bias(unfilled(*this, "bias", {out})),
      padding(kernel / 2) {}

bool FrozenConv2dImpl::is_packed_for(const Tensor& x) {
  return is_packed(packed, weight, x, [&](const Tensor& typed_weight) {
    return packed_convolution_weight(typed_weight, padding, x.sizes());
  });
}

Tensor FrozenConv2dImpl::forward(const Tensor& x) {
  if (is_packed_for(x)) return packed_convolution(x, packed.values, bias, padding);
  return torch::conv2d(x, typed(weight, weight_scale, x), typed(bias, x), /*stride=*/1, padding);
}

Tensor FrozenConv2dImpl::forward_plus(const Tensor& x, const Tensor& other) {
  if (!is_packed_for(x)) return forward(x) + other;
  return packed_convolution_plus(x, other, {.weight = packed.values, .bias = bias}, padding);
}

FrozenEmbeddingImpl::FrozenEmbeddingImpl(int64_t count, int64_t width)
    : weight(unfilled(*this, "weight", {count, width})), weight_scale(unfilled_scale(*this)) {}

Tensor FrozenEmbeddingImpl::forward(const Tensor& ids) {
  if (weight.element_size() > 1) return torch::embedding(weight, ids);
  // Rows of F8 are looked up as bytes: LibTorch has no other way.
  const auto rows =
      torch::embedding(weight.view(torch::kChar), ids).view(weight.scalar_type()).to(torch::kFloat);
  if (!has(weight_scale)) return rows;
  const auto scale = weight_scale.index({ids}).to(torch::kFloat);  // [...] or [..., parts]
  const auto parts = weight_scale.numel() / weight_scale.size(0);
  auto parted = ids.sizes().vec();
  parted.push_back(parts);
  return (rows.unflatten(-1, {parts, -1}) * scale.reshape(parted).unsqueeze(-1)).flatten(-2);
}

FrozenLayerNormImpl::FrozenLayerNormImpl(int64_t width, double epsilon)
    : weight(unfilled(*this, "weight", {width})),
      bias(unfilled(*this, "bias", {width})),
      epsilon(epsilon) {}

Tensor FrozenLayerNormImpl::forward(const Tensor& x) {
  return torch::layer_norm(x, weight.sizes(), typed(weight, x), typed(bias, x), epsilon);
}

FrozenRmsNormImpl::FrozenRmsNormImpl(int64_t width, double epsilon)
    : weight(unfilled(*this, "weight", {width})), epsilon(epsilon) {}

Tensor FrozenRmsNormImpl::forward(const Tensor& x) {
  return x * torch::rsqrt(x.square().mean(-1, /*keepdim=*/true) + epsilon) * typed(weight, x);
}

FrozenGroupNormImpl::FrozenGroupNormImpl(int64_t groups, int64_t channels, double epsilon)
    : weight(unfilled(*this, "weight", {channels})),
      bias(unfilled(*this, "bias", {channels})),
      groups(groups),
      epsilon(epsilon) {}

Tensor FrozenGroupNormImpl::forward(const Tensor& x) {
  return torch::group_norm(x, groups, typed(weight, x), typed(bias, x), epsilon);
}

Tensor FrozenGroupNormImpl::activated(const Tensor& x, Activation activation, const Tensor& scale,
                                      const Tensor& shift) {
  auto gain = typed(weight, x).unsqueeze(0), offset = typed(bias, x).unsqueeze(0);
  if (scale.defined()) {
    gain = gain * scale;
    offset = torch::addcmul(shift, offset, scale);
  }
  return modulated_group_norm(x, gain, offset,
                              {.groups = groups, .epsilon = epsilon, .activation = activation});
}

void pack(torch::nn::Module& network, bool mapped) {
  const auto want = [&](PackedWeight& packed) { packed.wanted = true, packed.mapped = mapped; };
  for (const auto& module : network.modules()) {
    if (auto* linear = module->as<FrozenLinearImpl>()) want(linear->packed);
    if (auto* convolution = module->as<FrozenConv2dImpl>()) want(convolution->packed);
  }
}

bool fits_packed(double bytes) {
  constexpr double kShare = 6;
  return bytes < double(physical_memory()) / kShare;
}

}  // namespace imagine::nn
