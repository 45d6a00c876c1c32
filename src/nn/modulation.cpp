#include "nn/modulation.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/utils.h>

#include "kernels/gated_sum.h"
#include "kernels/row_norm.h"
#include "nn/numbers.h"

namespace imagine::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr double kEpsilon = 1e-5;
constexpr int64_t kRowsPerTask = 32;

/// Rows of one picture: they share its gain and offset.
struct Rows {
  int64_t picture;
  int64_t begin;  // among the rows of all pictures
  int64_t count;
};

/// body(Rows) for all rows of x [B, N, C], on all threads.
template <class Body>
void for_rows(const Tensor& x, const Body& body) {
  const auto count = x.size(1);
  at::parallel_for(0, x.size(0) * count, kRowsPerTask, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const auto picture = begin / count;
      const auto rows = std::min(end, (picture + 1) * count) - begin;
      body(Rows{.picture = picture, .begin = begin, .count = rows});
      begin += rows;
    }
  });
}

/// body(Rows) with all rows of each picture, on all threads: for sums over a picture.
template <class Body>
void for_pictures(const Tensor& x, const Body& body) {
  const auto count = x.size(1);
  at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
    for (auto picture = begin; picture < end; ++picture) {
      body(Rows{.picture = picture, .begin = picture * count, .count = count});
    }
  });
}

/// For sums over the rows of each picture: [B, C] float.
Tensor sums_like(const Tensor& gain) { return torch::zeros(gain.sizes(), torch::kFloat); }

struct ModulatedNorm : torch::autograd::Function<ModulatedNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& given_gain,
                        const Tensor& given_offset) {
    const auto x = given.contiguous(), gain = given_gain.contiguous();
    const auto offset = given_offset.contiguous(), out = torch::empty_like(x);
    const auto moments = torch::empty({x.size(0), x.size(1), 2}, torch::kFloat);  // RowMoments
    const auto width = x.size(2);
    for_numbers_of(x, [&]<class Number>(Number) {
      for_rows(x, [&](Rows rows) {
        kernels::normalise(
            kernels::RowNorm<Number>{.x = numbers<Number>(x) + rows.begin * width,
                                     .gain = numbers<Number>(gain) + rows.picture * width,
                                     .offset = numbers<Number>(offset) + rows.picture * width,
                                     .out = numbers<Number>(out) + rows.begin * width,
                                     .moments = numbers<kernels::RowMoments>(moments) + rows.begin,
                                     .rows = std::size_t(rows.count),
                                     .width = std::size_t(width),
                                     .epsilon = float(kEpsilon)});
      });
    });
    context->save_for_backward({x, gain, moments});
    return out;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &gain = saved[1], &moments = saved[2];
    const auto out_gradient = gradients[0].contiguous(), x_gradient = torch::empty_like(x);
    const auto gain_gradient = sums_like(gain), offset_gradient = sums_like(gain);
    const auto width = x.size(2);
    for_numbers_of(x, [&]<class Number>(Number) {
      for_pictures(x, [&](Rows rows) {
        kernels::backpropagate(kernels::RowNormBackward<Number>{
            .x = numbers<Number>(x) + rows.begin * width,
            .gain = numbers<Number>(gain) + rows.picture * width,
            .out_gradient = numbers<Number>(out_gradient) + rows.begin * width,
            .moments = numbers<kernels::RowMoments>(moments) + rows.begin,
            .x_gradient = numbers<Number>(x_gradient) + rows.begin * width,
            .gain_gradient = numbers<float>(gain_gradient) + rows.picture * width,
            .offset_gradient = numbers<float>(offset_gradient) + rows.picture * width,
            .rows = std::size_t(rows.count),
            .width = std::size_t(width)});
      });
    });
    return {x_gradient, gain_gradient.to(gain.scalar_type()),
            offset_gradient.to(gain.scalar_type())};
  }
};

struct GatedSum : torch::autograd::Function<GatedSum> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& given_gain,
                        const Tensor& given_branch) {
    const auto x = given.contiguous(), gain = given_gain.contiguous();
    const auto branch = given_branch.contiguous(), out = torch::empty_like(x);
    const auto width = x.size(2);
    for_numbers_of(x, [&]<class Number>(Number) {
      for_rows(x, [&](Rows rows) {
        kernels::add_gated(
            kernels::GatedSum<Number>{.x = numbers<Number>(x) + rows.begin * width,
                                      .branch = numbers<Number>(branch) + rows.begin * width,
                                      .gain = numbers<Number>(gain) + rows.picture * width,
                                      .out = numbers<Number>(out) + rows.begin * width,
                                      .rows = std::size_t(rows.count),
                                      .width = std::size_t(width)});
      });
    });
    context->save_for_backward({gain, branch});
    return out;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &gain = saved[0], &branch = saved[1];
    const auto out_gradient = gradients[0].contiguous();
    const auto branch_gradient = torch::empty_like(branch), gain_gradient = sums_like(gain);
    const auto width = branch.size(2);
    for_numbers_of(branch, [&]<class Number>(Number) {
      for_pictures(branch, [&](Rows rows) {
        kernels::backpropagate(kernels::GatedSumBackward<Number>{
            .branch = numbers<Number>(branch) + rows.begin * width,
            .gain = numbers<Number>(gain) + rows.picture * width,
            .out_gradient = numbers<Number>(out_gradient) + rows.begin * width,
            .branch_gradient = numbers<Number>(branch_gradient) + rows.begin * width,
            .gain_gradient = numbers<float>(gain_gradient) + rows.picture * width,
            .rows = std::size_t(rows.count),
            .width = std::size_t(width)});
      });
    });
    return {out_gradient, gain_gradient.to(gain.scalar_type()), branch_gradient};
  }
};

}  // namespace

Tensor modulated_norm(const Tensor& x, const Tensor& gain, const Tensor& offset) {
  RECORD_USER_SCOPE("imagine::modulated_norm");
  if (has_kernel(x)) return ModulatedNorm::apply(x, gain, offset);
  const auto normal = torch::layer_norm(x, {x.size(2)}, {}, {}, kEpsilon);
  return torch::addcmul(offset.unsqueeze(1), normal, gain.unsqueeze(1));
}

Tensor gated_sum(const Tensor& x, const Tensor& gain, const Tensor& branch) {
  RECORD_USER_SCOPE("imagine::gated_sum");
  if (has_kernel(x)) return GatedSum::apply(x, gain, branch);
  return torch::addcmul(x, gain.unsqueeze(1), branch);
}

}  // namespace imagine::nn
