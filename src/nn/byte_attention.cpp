#include "nn/byte_attention.h"

#include <ATen/Parallel.h>
#include <cmath>

#include <torch/utils.h>

#include "kernels/byte_attention.h"
#include "nn/numbers.h"

namespace imagine::nn {
namespace {

using kernels::HeadBytes;

constexpr int64_t kQueriesPerTask = 96;

/// All heads of all pictures as bytes.
struct Packed {
  /// key and value [B, heads, M, D]
  Packed(const Tensor& key, const Tensor& value)
      : count(key.size(2)),
        dim(key.size(3)),
        rows(int64_t(HeadBytes::padded_keys(std::size_t(count)))),
        width(int64_t(HeadBytes::padded_dim(std::size_t(dim)))),
        keys(torch::empty({key.size(0) * key.size(1), rows, width}, torch::kByte)),
        key_steps(torch::empty({keys.size(0), rows})),
        values(torch::empty(keys.sizes(), torch::kChar)),
        value_steps(torch::empty({keys.size(0), width})) {
    for_numbers_of(key, [&]<class Number>(Number) {
      at::parallel_for(0, keys.size(0), 1, [&](int64_t begin, int64_t end) {
        for (auto i = begin; i < end; ++i) {
          const auto at = i * count * dim;
          kernels::pack(kernels::HeadToPack<Number>{.key = numbers<Number>(key) + at,
                                                    .value = numbers<Number>(value) + at,
                                                    .to = head(i)});
        }
      });
    });
  }

  HeadBytes head(int64_t i) const {
    return {.keys = numbers<std::uint8_t>(keys) + i * rows * width,
            .key_steps = numbers<float>(key_steps) + i * rows,
            .values = numbers<std::int8_t>(values) + i * rows * width,
            .value_steps = numbers<float>(value_steps) + i * width,
            .count = std::size_t(count),
            .dim = std::size_t(dim)};
  }

  int64_t count, dim, rows, width;
  Tensor keys, key_steps;
  Tensor values, value_steps;
};

/// Where the biases of each query lie.
struct Biases {
  Biases(const Tensor& bias, int64_t batch, int64_t queries) {
    if (!bias.defined()) return;
    all = bias.to(torch::kFloat).contiguous().expand({batch, 1, queries, -1});
    of_picture = all.stride(0), of_query = all.stride(2);
  }

  const float* at(int64_t picture, int64_t query) const {
    if (!all.defined()) return nullptr;
    return numbers<float>(all) + picture * of_picture + query * of_query;
  }

  Tensor all;                            // [B, 1, N, M]
  int64_t of_picture = 0, of_query = 0;  // from one's biases to the next one's
};

}  // namespace

bool attends_fast_in_bytes() { return kernels::attends_fast_in_bytes(); }

Tensor attend_heads_in_bytes(const Tensor& query, const Tensor& key, const Tensor& value,
                             const Tensor& bias) {
  const auto batch = query.size(0), heads = query.size(1);
  const auto count = query.size(2), dim = query.size(3);
  const auto asked = query.contiguous();
  const Packed packed(key.contiguous(), value.contiguous());
  const Biases biases(bias, batch, count);
  const auto out = torch::empty({batch, count, heads * dim}, query.options());
  const auto tasks = (count + kQueriesPerTask - 1) / kQueriesPerTask;  // of a head
  for_numbers_of(query, [&]<class Number>(Number) {
    at::parallel_for(0, batch * heads * tasks, 1, [&](int64_t begin, int64_t end) {
      for (auto task = begin; task < end; ++task) {
        const auto index = task / tasks, first = task % tasks * kQueriesPerTask;
        const auto picture = index / heads, head = index % heads;
        const auto row = picture * count + first;
        kernels::attend(kernels::ByteAttention<Number>{
            .query = numbers<Number>(asked) + (index * count + first) * dim,
            .head = packed.head(index),
            .out = numbers<Number>(out) + row * heads * dim + head * dim,
            .queries = std::size_t(std::min(kQueriesPerTask, count - first)),
            .stride = std::size_t(heads * dim),
            .scale = float(1 / std::sqrt(double(dim))),
            .bias = biases.at(picture, first),
            .bias_stride = std::size_t(biases.of_query)});
      }
    });
  });
  return out;
}

}  // namespace imagine::nn
