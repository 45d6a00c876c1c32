#include "nn/token_rows.h"

#include <ATen/Parallel.h>

#include <torch/utils.h>

#include "kernels/place_heads.h"
#include "kernels/rms_norm.h"
#include "kernels/to_bytes.h"
#include "nn/numbers.h"

namespace imagine::nn {
namespace {

constexpr int64_t kRowsPerTask = 8;

/// body(first row, how many) for all rows, on all threads.
template <class Body>
void for_rows(int64_t rows, const Body& body) {
  at::parallel_for(0, rows, kRowsPerTask,
                   [&](int64_t begin, int64_t end) { body(begin, end - begin); });
}

const float* floats(const Tensor& tensor) {
  return tensor.defined() ? numbers<float>(tensor) : nullptr;
}

/// The rows from `begin` on of what a layer left.
template <class Number>
kernels::Product<Number> product_at(const ProductOf& product, const Tensor& bias, int64_t begin) {
  return {.values = numbers<Number>(product.values) + begin * product.values.size(1),
          .row_scale = product.steps.defined() ? floats(product.steps) + begin : nullptr,
          .bias = floats(bias)};
}

/// The same of what a layer will take.
template <class Number>
kernels::Rows<Number> rows_at(const Factor& factor, int64_t begin) {
  const auto at = begin * factor.values.size(1);
  if (!factor.steps.defined()) return {.values = numbers<Number>(factor.values) + at};
  return {.bytes = numbers<std::uint8_t>(factor.values) + at,
          .steps = numbers<float>(factor.steps) + begin};
}

template <class Number>
void normalise_rows(const Residual& task) {
  const auto width = task.x.size(1);
  for_rows(task.x.size(0), [&](int64_t begin, int64_t count) {
    kernels::RmsNorm<Number> norm{.x = numbers<float>(task.x) + begin * width,
                                  .added = {.values = nullptr},
                                  .gain = floats(task.gain),
                                  .out = {},
                                  .rows = std::size_t(count),
                                  .width = std::size_t(width),
                                  .epsilon = float(task.epsilon)};
    if (task.product) norm.added = product_at<Number>(*task.product, task.bias, begin);
    if (task.out) norm.out = rows_at<Number>(*task.out, begin);
    kernels::normalise(norm);
  });
}

template <class Number>
void gate_rows(const ProductOf& both, const Factor& out, Gate gate) {
  const auto width = out.values.size(1);
  for_rows(out.values.size(0), [&](int64_t begin, int64_t count) {
    kernels::gate(kernels::GatedProduct<Number>{.both = product_at<Number>(both, {}, begin),
                                                .out = rows_at<Number>(out, begin),
                                                .rows = std::size_t(count),
                                                .width = std::size_t(width),
                                                .gate = gate});
  });
}

template <class Number>
void place_rows(const ProductOf& qkv, const Placing& placing, const PlacedHeads& heads) {
  const auto batch = heads.key.size(0), rows = qkv.values.size(0) / batch;
  const auto count = heads.key.size(1), dim = heads.key.size(3), key_rows = heads.key.size(2);
  const auto query_rows = heads.query.defined() ? heads.query.size(2) : 0;
  const auto place = [&](int64_t picture, int64_t begin, int64_t some) {
    const auto key_at = (picture * count * key_rows + heads.key_begin + begin) * dim;
    const auto query_at = (picture * count * query_rows + heads.query_begin + begin) * dim;
    kernels::place(kernels::HeadPlaces<Number>{
        .qkv = product_at<Number>(qkv, placing.bias, picture * rows + begin),
        .query_gain = floats(placing.query_gain),
        .key_gain = floats(placing.key_gain),
        .cosine = floats(placing.cosine) + begin * dim / 2,
        .sine = floats(placing.sine) + begin * dim / 2,
        .query = heads.query.defined() ? numbers<Number>(heads.query) + query_at : nullptr,
        .key = numbers<Number>(heads.key) + key_at,
        .value = numbers<Number>(heads.value) + key_at,
        .rows = std::size_t(some),
        .heads = std::size_t(count),
        .dim = std::size_t(dim),
        .query_rows = std::size_t(query_rows),
        .key_rows = std::size_t(key_rows),
        .epsilon = float(placing.epsilon)});
  };
  for (int64_t picture = 0; picture < batch; ++picture) {
    for_rows(rows, [&](int64_t begin, int64_t some) { place(picture, begin, some); });
  }
}

}  // namespace

void add_and_normalise(const Arithmetic& arithmetic, const Residual& task) {
  if (arithmetic.dtype == torch::kFloat) return normalise_rows<float>(task);
  normalise_rows<kernels::Bfloat16>(task);
}

void gate(torch::Dtype dtype, const ProductOf& both, const Factor& out, Gate gate) {
  if (dtype == torch::kFloat) return gate_rows<float>(both, out, gate);
  gate_rows<kernels::Bfloat16>(both, out, gate);
}

Factor factor_of(const Tensor& rows, const Arithmetic& arithmetic) {
  if (!arithmetic.bytes) return {.values = rows};
  auto factor = Factor::empty(rows.size(0), rows.size(1), arithmetic);
  for_numbers_of(rows, [&]<class Number>(Number) {
    for_rows(rows.size(0), [&](int64_t begin, int64_t count) {
      kernels::convert(
          kernels::ToBytes<Number>{.from = numbers<Number>(rows) + begin * rows.size(1),
                                   .to = rows_at<Number>(factor, begin),
                                   .rows = std::size_t(count),
                                   .width = std::size_t(rows.size(1))});
    });
  });
  return factor;
}

Tensor remainder_of(const Tensor& rows, const Factor& bytes) {
  const auto whole = bytes.values.to(torch::kFloat).sub_(kernels::kZeroByte);
  return rows.to(torch::kFloat) - whole.mul_(bytes.steps.unsqueeze(1));
}

Tensor numbers_of(const ProductOf& product) {
  const auto numbers = product.values.to(torch::kFloat);
  return product.steps.defined() ? numbers * product.steps.unsqueeze(1) : numbers;
}

void place_heads(const ProductOf& qkv, const Placing& placing, const PlacedHeads& heads) {
  for_numbers_of(heads.key, [&]<class Number>(Number) { place_rows<Number>(qkv, placing, heads); });
}

}  // namespace imagine::nn
