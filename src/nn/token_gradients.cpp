#include "nn/token_gradients.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>
#include <torch/utils.h>

#include "kernels/token_gradients.h"
#include "nn/attention.h"
#include "nn/numbers.h"
#include "nn/token_rows.h"

namespace imagine::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kRowsPerTask = 8;
constexpr int64_t kNumbersPerTask = 1 << 14;

/// Whether a layer's product and change can be learned as below.
bool learns(const FrozenLinearImpl& layer, const Tensor& x) {
  return layer.change && has_kernel(x) && layer.weight.is_floating_point() &&
         layer.weight_scale.numel() == 0;
}

/// What comes before a product.
struct Before {
  enum Kind : int64_t { nothing, norm, gate };

  Kind kind = nothing;
  double epsilon = 0;  // of a norm
  torch::Dtype dtype;  // of the product
};

/// The rows that are multiplied; x, other and they [R, D].
Tensor factor_of(const Before& before, const Tensor& x, const Tensor& other) {
  if (before.kind == Before::nothing) return x;
  auto out = torch::empty(x.sizes(), before.dtype);
  if (before.kind == Before::norm) {
    const Factor factor{.values = out};
    add_and_normalise({.dtype = before.dtype},
                      {.x = x, .gain = other, .out = &factor, .epsilon = before.epsilon});
    return out;
  }
  for_numbers_of(x, [&]<class Number>(Number) {
    at::parallel_for(0, x.numel(), kNumbersPerTask, [&](int64_t begin, int64_t end) {
      kernels::multiply(kernels::SiluGate<Number>{.gate = numbers<Number>(x) + begin,
                                                  .value = numbers<Number>(other) + begin,
                                                  .out = numbers<Number>(out) + begin,
                                                  .count = std::size_t(end - begin)});
    });
  });
  return out;
}

/// From the gradient of a norm [R, D] to that of x [R, D] float.
Tensor norm_gradient(const Tensor& x, const Tensor& gain, const Tensor& grad, double epsilon) {
  auto out = torch::empty_like(x);
  const auto width = x.size(1);
  for_numbers_of(grad, [&]<class Number>(Number) {
    at::parallel_for(0, x.size(0), kRowsPerTask, [&](int64_t begin, int64_t end) {
      kernels::differentiate(
          kernels::RmsNormGradient<Number>{.x = numbers<float>(x) + begin * width,
                                           .gain = numbers<float>(gain),
                                           .grad = numbers<Number>(grad) + begin * width,
                                           .out = numbers<float>(out) + begin * width,
                                           .rows = std::size_t(end - begin),
                                           .width = std::size_t(width),
                                           .epsilon = float(epsilon)});
    });
  });
  return out;
}

/// From the gradient of a gated product [R, D] to those of its gate and of its value.
std::pair<Tensor, Tensor> gate_gradient(const Tensor& gate, const Tensor& value,
                                        const Tensor& grad) {
  auto gate_out = torch::empty_like(gate), value_out = torch::empty_like(gate);
  for_numbers_of(gate, [&]<class Number>(Number) {
    at::parallel_for(0, gate.numel(), kNumbersPerTask, [&](int64_t begin, int64_t end) {
      kernels::differentiate(
          kernels::SiluGateGradient<Number>{.gate = numbers<Number>(gate) + begin,
                                            .value = numbers<Number>(value) + begin,
                                            .grad = numbers<Number>(grad) + begin,
                                            .gate_out = numbers<Number>(gate_out) + begin,
                                            .value_out = numbers<Number>(value_out) + begin,
                                            .count = std::size_t(end - begin)});
    });
  });
  return {gate_out, value_out};
}

/// From the gradient of factor_of() to those of x and of `other`, of which a gain has none.
std::pair<Tensor, Tensor> gradients_before(const Before& before, const Tensor& x,
                                           const Tensor& other, const Tensor& grad) {
  if (before.kind == Before::nothing) return {grad, Tensor()};
  if (before.kind == Before::norm) {
    return {norm_gradient(x, other, grad, before.epsilon), Tensor()};
  }
  return gate_gradient(x, other, grad);
}

/// What of a changed layer is no tensor that is kept.
struct LayerForm {
  Tensor weight, bias;  // frozen
  Before before;
};

/// Of the tensors x, other, A and B: (W + B A) factor_of(x, other) + bias.
struct ChangedLinear : torch::autograd::Function<ChangedLinear> {
  static Tensor forward(AutogradContext* context, const LayerForm& form, at::TensorList tensors) {
    const auto &down = tensors[2], &up = tensors[3];
    const auto dtype = form.before.dtype;
    const auto rows = factor_of(form.before, tensors[0], tensors[1]);
    const auto inner = rows.matmul(down.t());
    context->save_for_backward({tensors[0], tensors[1], down, up, form.weight});
    context->saved_data["kind"] = int64_t(form.before.kind);
    context->saved_data["epsilon"] = form.before.epsilon;
    const auto bias = form.bias.defined() ? form.bias.to(dtype) : form.bias;
    return torch::linear(rows, form.weight.to(dtype), bias).addmm_(inner, up.t());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &other = saved[1], &down = saved[2], &up = saved[3];
    const auto grad = gradients[0].contiguous();
    const Before how{.kind = Before::Kind(context->saved_data["kind"].toInt()),
                     .epsilon = context->saved_data["epsilon"].toDouble(),
                     .dtype = grad.scalar_type()};
    const auto inner_grad = grad.matmul(up);  // [R, rank]
    Tensor down_grad, up_grad;
    {
      const auto rows = factor_of(how, x, other);
      up_grad = grad.t().matmul(rows.matmul(down.t()));
      down_grad = inner_grad.t().matmul(rows);
    }
    const auto rows_grad = grad.matmul(saved[4].to(how.dtype)).addmm_(inner_grad, down);
    const auto [x_grad, other_grad] = gradients_before(how, x, other, rows_grad);
    return {{}, x_grad, other_grad, down_grad, up_grad};
  }
};

/// The layer's product with its change.
Tensor changed(const FrozenLinearImpl& layer, const Before& before, const Tensor& x,
               const Tensor& other) {
  const auto rows = x.flatten(0, -2).contiguous();
  const auto second = before.kind == Before::gate ? other.flatten(0, -2).contiguous() : other;
  const LayerForm form{.weight = layer.weight.flatten(1), .bias = layer.bias, .before = before};
  const std::vector<Tensor> tensors = {rows, second, layer.change->down.to(before.dtype),
                                       layer.change->up.to(before.dtype)};
  const auto y = ChangedLinear::apply(form, at::TensorList(tensors));
  return y.unflatten(0, x.sizes().slice(0, x.dim() - 1));
}

/// What of a PlacedAttention is no tensor that is kept.
struct AttentionForm : torch::CustomClassHolder {
  Tensor query_gain, key_gain;
  std::array<Tensor, 2> cosines, sines;
  std::array<int64_t, 2> rows{};
  int64_t heads = 0;
  bool first_asks = true;
  double query_epsilon = 0;

  int64_t dim() const { return query_gain.size(0); }
  int64_t asking() const { return (first_asks ? rows[0] : 0) + rows[1]; }
  int64_t query_begin(int which) const { return which == 1 && first_asks ? rows[0] : 0; }
  int64_t key_begin(int which) const { return which == 1 ? rows[0] : 0; }
  bool asks(int which) const { return which == 1 || first_asks; }
};

ThreeHeads placed(const AttentionForm& form, const Tensor& first, const Tensor& second) {
  const auto room = [&](int64_t rows) {
    return torch::empty({first.size(0), form.heads, rows, form.dim()}, first.scalar_type());
  };
  const auto all = form.rows[0] + form.rows[1];
  ThreeHeads heads{.query = room(form.asking()), .key = room(all), .value = room(all)};
  for (const int which : {0, 1}) {
    const auto& qkv = which == 0 ? first : second;
    place_heads({.values = qkv.flatten(0, 1)},
                {.bias = {},
                 .query_gain = form.query_gain,
                 .key_gain = form.key_gain,
                 .cosine = form.cosines[std::size_t(which)],
                 .sine = form.sines[std::size_t(which)],
                 .epsilon = form.query_epsilon},
                {.query = form.asks(which) ? heads.query : Tensor(),
                 .key = heads.key,
                 .value = heads.value,
                 .query_begin = form.query_begin(which),
                 .key_begin = form.key_begin(which)});
  }
  return heads;
}

/// From the heads' gradients to that of one kind's product [B, N, 3 heads dim].
Tensor product_gradient(const AttentionForm& form, int which, const Tensor& qkv,
                        const ThreeHeads& grads) {
  const auto index = std::size_t(which);
  auto out = torch::empty_like(qkv);
  const auto rows = qkv.size(1), width = qkv.size(2), half = form.dim() / 2;
  const auto query_rows = grads.query.size(2), key_rows = grads.key.size(2);
  const auto differentiate = [&]<class Number>(Number, int64_t picture, int64_t row) {
    const auto at = (picture * rows + row) * width;
    const auto of = [&](const Tensor& grad, int64_t first, int64_t count) {
      return numbers<Number>(grad) + (picture * form.heads * count + first + row) * form.dim();
    };
    kernels::differentiate(kernels::HeadGradient<Number>{
        .qkv = numbers<Number>(qkv) + at,
        .query_gain = numbers<float>(form.query_gain),
        .key_gain = numbers<float>(form.key_gain),
        .cosine = numbers<float>(form.cosines[index]) + row * half,
        .sine = numbers<float>(form.sines[index]) + row * half,
        .query = form.asks(which) ? of(grads.query, form.query_begin(which), query_rows) : nullptr,
        .key = of(grads.key, form.key_begin(which), key_rows),
        .value = of(grads.value, form.key_begin(which), key_rows),
        .out = numbers<Number>(out) + at,
        .rows = 1,
        .heads = std::size_t(form.heads),
        .dim = std::size_t(form.dim()),
        .query_rows = std::size_t(query_rows),
        .key_rows = std::size_t(key_rows),
        .epsilon = float(form.query_epsilon)});
  };
  for_numbers_of(qkv, [&]<class Number>(Number number) {
    at::parallel_for(0, qkv.size(0) * rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
      for (auto at = begin; at < end; ++at) differentiate(number, at / rows, at % rows);
    });
  });
  return out;
}

struct Attended : torch::autograd::Function<Attended> {
  static Tensor forward(AutogradContext* context, const c10::intrusive_ptr<AttentionForm>& form,
                        const Tensor& first, const Tensor& second) {
    const auto heads = placed(*form, first, second);
    context->saved_data["form"] = c10::IValue::make_capsule(form);
    context->save_for_backward({first, second});
    return attend_heads(heads.query, heads.key, heads.value);  // [B, rows, heads dim]
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto held = context->saved_data["form"].toCapsule();
    const auto& form = static_cast<AttentionForm&>(*held);
    const auto saved = context->get_saved_variables();
    const auto heads = placed(form, saved[0], saved[1]);
    const auto grads = attend_heads_gradient(heads, gradients[0]);
    return {
        {}, product_gradient(form, 0, saved[0], grads), product_gradient(form, 1, saved[1], grads)};
  }
};

}  // namespace

std::vector<Tensor> linears_of_norm(const std::vector<FrozenLinearImpl*>& layers,
                                    FrozenRmsNormImpl& norm, const Tensor& x, torch::Dtype dtype) {
  const bool learned = (dtype == torch::kFloat || dtype == torch::kBFloat16) &&
                       x.scalar_type() == torch::kFloat &&
                       std::ranges::all_of(layers, [&](auto* layer) { return learns(*layer, x); });
  const Before before{.kind = Before::norm, .epsilon = norm.epsilon, .dtype = dtype};
  Tensor rows, gain;
  if (learned) {
    gain = norm.weight.to(torch::kFloat);
  } else {
    rows = norm.forward(x).to(dtype);
  }
  std::vector<Tensor> all;
  for (auto* layer : layers) {
    all.push_back(learned ? changed(*layer, before, x, gain) : layer->forward(rows));
  }
  return all;
}

Tensor linear_of(FrozenLinearImpl& layer, const Tensor& x) {
  if (!learns(layer, x)) return layer.forward(x);
  return changed(layer, {.dtype = x.scalar_type()}, x, torch::empty({0}));
}

Tensor linear_of_gate(FrozenLinearImpl& layer, const Tensor& gate, const Tensor& value) {
  if (!learns(layer, gate)) return layer.forward(torch::silu(gate) * value);
  return changed(layer, {.kind = Before::gate, .dtype = gate.scalar_type()}, gate, value);
}

bool can_attend_placed(const Tensor& qkv, const FrozenRmsNormImpl& norm) {
  const bool learned = torch::GradMode::is_enabled() && norm.weight.requires_grad();
  return has_kernel(qkv) && has_kernel(norm.weight) && !learned;
}

Tensor attend_placed(const PlacedAttention& task) {
  auto form = c10::make_intrusive<AttentionForm>();
  form->query_gain = task.query_norm.weight.to(torch::kFloat);
  form->key_gain = task.key_norm.weight.to(torch::kFloat);
  form->cosines = {task.first.cosine, task.second.cosine};
  form->sines = {task.first.sine, task.second.sine};
  form->rows = {task.first.qkv.size(1), task.second.qkv.size(1)};
  form->heads = task.heads;
  form->first_asks = task.first_asks;
  form->query_epsilon = task.query_norm.epsilon;
  return Attended::apply(form, task.first.qkv.contiguous(), task.second.qkv.contiguous());
}

}  // namespace imagine::nn
