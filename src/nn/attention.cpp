#include "nn/attention.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/utils.h>

#include "kernels/softmax.h"
#include "nn/numbers.h"
#include "tensor/text_batch.h"

namespace imagine::nn {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

Tensor in_heads(const Tensor& x, int64_t heads) {  // [B, N, C] -> [B, heads, N, C / heads]
  return x.unflatten(2, {heads, -1}).transpose(1, 2);
}

/// [B, N, C] -> [B heads, N, C / heads], contiguous.
Tensor apart(const Tensor& x, int64_t heads) {
  return in_heads(x, heads).flatten(0, 1).contiguous();
}

/// The way back.
Tensor together(const Tensor& x, int64_t heads) {
  return x.unflatten(0, {-1, heads}).transpose(1, 2).flatten(2);
}

/// body(head of a picture) for the `heads` heads of all pictures, on all threads.
template <class Body>
void for_heads(int64_t heads, const Body& body) {
  at::parallel_for(0, heads, 1, [&](int64_t begin, int64_t end) {
    for (auto head = begin; head < end; ++head) body(head);
  });
}

/// Of one head of a picture: as long as a core's cache holds its shares, two matrix products beside
/// them take less than half the time of LibTorch's way, block by block.
constexpr int64_t kLargestShares = 1 << 20;  // bytes

/// How much each query takes of each value, softmax(q kᵀ / √D + bias): [B heads, N, M]. q [B heads,
/// N, D], k [B heads, M, D], bias as in attend().
Tensor shares_of(const Tensor& q, const Tensor& k, const Tensor& bias, int64_t heads) {
  auto shares = torch::bmm(q, k.transpose(1, 2));
  const auto rows = shares.size(1), width = shares.size(2);
  Tensor added;                        // [B, N or 1, M]
  int64_t of_picture = 0, stride = 0;  // numbers of it
  if (bias.defined()) {
    added = bias.squeeze(1).to(torch::kFloat).expand({q.size(0) / heads, -1, -1}).contiguous();
    stride = added.size(1) > 1 ? width : 0;
    of_picture = added.size(1) * width;
  }
  const auto scale = float(1 / std::sqrt(double(q.size(2))));
  for_numbers_of(shares, [&]<class Number>(Number) {
    for_heads(shares.size(0), [&](int64_t head) {
      kernels::softmax(kernels::Softmax<Number>{
          .scores = numbers<Number>(shares) + head * rows * width,
          .bias = added.defined() ? numbers<float>(added) + head / heads * of_picture : nullptr,
          .rows = std::size_t(rows),
          .width = std::size_t(width),
          .scale = scale,
          .bias_stride = std::size_t(stride)});
    });
  });
  return shares;
}

/// Attention that keeps its shares: training on the CPU computes them once, and with matrix
/// products alone its two passes take a fraction of the time of LibTorch's, which go block by
/// block.
struct TrainedAttention : torch::autograd::Function<TrainedAttention> {
  struct Reading {
    Tensor bias;
    int64_t heads;
  };

  static Tensor forward(AutogradContext* context, const Tensor& query, const Tensor& key,
                        const Tensor& value, const Reading& reading) {
    const auto& [bias, heads] = reading;
    const auto q = apart(query, heads), k = apart(key, heads), v = apart(value, heads);
    const auto shares = shares_of(q, k, bias, heads);
    context->saved_data["heads"] = heads;
    context->save_for_backward({q, k, v, shares});
    return together(torch::bmm(shares, v), heads);
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &q = saved[0], &k = saved[1], &v = saved[2], &shares = saved[3];
    const auto heads = context->saved_data["heads"].toInt();
    const auto out_gradient = apart(gradients[0], heads);               // [B heads, N, D]
    const auto gradient = torch::bmm(out_gradient, v.transpose(1, 2));  // [B heads, N, M]
    const auto rows = shares.size(1), width = shares.size(2);
    const auto scale = float(1 / std::sqrt(double(q.size(2))));
    for_numbers_of(shares, [&]<class Number>(Number) {
      for_heads(shares.size(0), [&](int64_t head) {
        kernels::backpropagate(kernels::SoftmaxBackward<Number>{
            .shares = numbers<Number>(shares) + head * rows * width,
            .gradient = numbers<Number>(gradient) + head * rows * width,
            .rows = std::size_t(rows),
            .width = std::size_t(width),
            .scale = scale});
      });
    });
    return {together(torch::bmm(gradient, k), heads),
            together(torch::bmm(gradient.transpose(1, 2), q), heads),
            together(torch::bmm(shares.transpose(1, 2), out_gradient), heads),
            {}};
  }
};

}  // namespace

Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& bias,
              int64_t heads) {
  RECORD_USER_SCOPE("imagine::attend");
  const bool trained = torch::GradMode::is_enabled() &&
                       (query.requires_grad() || key.requires_grad() || value.requires_grad());
  if (trained && has_kernel(query)) {
    return TrainedAttention::apply(query, key, value, TrainedAttention::Reading{bias, heads});
  }
  // In fp32 a picture is to be the reference's to its last digits: there LibTorch's way stays.
  const bool is_quick = query.is_cpu() && query.scalar_type() == torch::kBFloat16;
  const auto bytes = query.size(1) * key.size(1) * query.element_size();
  if (is_quick && !trained && bytes <= kLargestShares) {
    const auto q = apart(query, heads), k = apart(key, heads), v = apart(value, heads);
    return together(torch::bmm(shares_of(q, k, bias, heads), v), heads);
  }
  if (is_quick && !trained && !bias.defined()) {
    const auto own = [&](const Tensor& x) { return in_heads(x, heads).contiguous(); };
    return attend_heads(own(query), own(key), own(value));
  }
  const auto mask = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  return at::scaled_dot_product_attention(in_heads(query, heads), in_heads(key, heads),
                                          in_heads(value, heads), mask)
      .transpose(1, 2)
      .flatten(2);
}

namespace {

/// body(first query, how many) for blocks of one head's queries, whose scores a core's cache holds.
template <class Body>
void for_blocks(const Tensor& query, const Tensor& key, const Body& body) {
  const auto rows = std::max<int64_t>(32, kLargestShares / (key.size(0) * query.element_size()));
  for (int64_t begin = 0; begin < query.size(0); begin += rows) {
    body(begin, std::min(rows, query.size(0) - begin));
  }
}

/// One head: query [N, D], key [M, D], value [M, D] -> out [N, D].
template <class Number>
void attend_head(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& out) {
  const auto width = key.size(0);
  for_blocks(query, key, [&](int64_t begin, int64_t some) {
    const auto powers = torch::mm(query.narrow(0, begin, some), key.t());
    const auto sums = torch::empty({some, 1});
    kernels::take_powers(
        kernels::SoftmaxPowers<Number>{.scores = numbers<Number>(powers),
                                       .sums = numbers<float>(sums),
                                       .rows = std::size_t(some),
                                       .width = std::size_t(width),
                                       .scale = float(1 / std::sqrt(double(query.size(1))))});
    out.narrow(0, begin, some).copy_(torch::mm(powers, value).div_(sums));
  });
}

/// The same way back: `heads` of one head [N, D] and [M, D], `gradient` [N, D] of what was read;
/// fills `out` [N, D] and [M, D].
template <class Number>
void head_gradient(const ThreeHeads& heads, const Tensor& gradient, const ThreeHeads& out) {
  const auto width = heads.key.size(0);
  const auto scale = float(1 / std::sqrt(double(heads.query.size(1))));
  const auto key_sum = torch::zeros(heads.key.sizes()), value_sum = torch::zeros_like(key_sum);
  for_blocks(heads.query, heads.key, [&](int64_t begin, int64_t some) {
    const auto query = heads.query.narrow(0, begin, some);
    const auto read = gradient.narrow(0, begin, some);
    const auto shares = torch::mm(query, heads.key.t());
    kernels::softmax(kernels::Softmax<Number>{.scores = numbers<Number>(shares),
                                              .bias = nullptr,
                                              .rows = std::size_t(some),
                                              .width = std::size_t(width),
                                              .scale = scale});
    const auto scores = torch::mm(read, heads.value.t());
    kernels::backpropagate(kernels::SoftmaxBackward<Number>{.shares = numbers<Number>(shares),
                                                            .gradient = numbers<Number>(scores),
                                                            .rows = std::size_t(some),
                                                            .width = std::size_t(width),
                                                            .scale = scale});
    out.query.narrow(0, begin, some).copy_(torch::mm(scores, heads.key));
    key_sum.add_(torch::mm(scores.t(), query));
    value_sum.add_(torch::mm(shares.t(), read));
  });
  out.key.copy_(key_sum), out.value.copy_(value_sum);
}

}  // namespace

Tensor attend_heads(const Tensor& query, const Tensor& key, const Tensor& value) {
  const auto batch = query.size(0), heads = query.size(1);
  const auto out = torch::empty({batch, query.size(2), heads, query.size(3)}, query.options());
  for_numbers_of(query, [&]<class Number>(Number) {
    for_heads(batch * heads, [&](int64_t index) {
      const torch::NoGradGuard no_grad;  // which each thread has of its own
      const auto b = index / heads, h = index % heads;
      attend_head<Number>(query[b][h], key[b][h], value[b][h], out[b].select(1, h));
    });
  });
  return out.flatten(2);
}

ThreeHeads attend_heads_gradient(const ThreeHeads& heads, const Tensor& gradient) {
  const auto count = heads.query.size(1);
  const ThreeHeads out{.query = torch::empty_like(heads.query),
                       .key = torch::empty_like(heads.key),
                       .value = torch::empty_like(heads.value)};
  const auto read = apart(gradient, count);  // [B heads, N, D]
  for_numbers_of(heads.query, [&]<class Number>(Number) {
    for_heads(read.size(0), [&](int64_t index) {
      const torch::NoGradGuard no_grad;
      const auto head = [&](const ThreeHeads& of) {
        const auto pick = [&](const Tensor& x) { return x[index / count][index % count]; };
        return ThreeHeads{.query = pick(of.query), .key = pick(of.key), .value = pick(of.value)};
      };
      head_gradient<Number>(head(heads), read[index], head(out));
    });
  });
  return out;
}

Tensor attention_bias(const Tensor& mask, torch::Dtype dtype) {
  return torch::zeros(mask.sizes(), mask.options().dtype(dtype))
      .masked_fill(mask.logical_not(), -std::numeric_limits<float>::infinity())
      .unsqueeze(1)
      .unsqueeze(1);
}

namespace {

/// With as many rows as the longest has; what has them already stays the tensor that it is.
std::vector<Tensor> of_all_places(const std::vector<Tensor>& biases) {
  int64_t places = 1;
  for (const auto& bias : biases) places = std::max(places, bias.size(2));
  std::vector<Tensor> all;
  for (const auto& bias : biases) {
    all.push_back(bias.size(2) == places ? bias : bias.expand({-1, -1, places, -1}));
  }
  return all;
}

}  // namespace

Tensor joined_biases(const std::vector<Tensor>& biases) {
  return torch::cat(of_all_places(biases), 3);
}

Tensor stacked_biases(const std::vector<Tensor>& biases) {
  constexpr auto kHidden = -std::numeric_limits<double>::infinity();
  return tensor::joined_rows(of_all_places(biases), 3, kHidden);
}

}  // namespace imagine::nn
