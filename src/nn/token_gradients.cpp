#include "nn/token_gradients.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>
#include <torch/utils.h>

#include "kernels/token_gradients.h"
#include "nn/numbers.h"
#include "nn/token_rows.h"

namespace imagine::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kRowsPerTask = 8;
constexpr int64_t kNumbersPerTask = 1 << 14;

bool is_plain(const Tensor& x) { return x.is_cpu() && x.scalar_type() == torch::kFloat; }

/// Whether a layer's product and change can be learned as below.
bool learns(const FrozenLinearImpl& layer, const Tensor& x) {
  return layer.change && is_plain(x) && layer.weight.is_floating_point() &&
         layer.weight_scale.numel() == 0;
}

/// What comes before a product.
enum class Before : int64_t { nothing, norm, gate };

/// [R, D] both -> [R, D]
Tensor before(Before kind, const Tensor& x, const Tensor& other, double epsilon) {
  if (kind == Before::nothing) return x;
  auto out = torch::empty_like(x);
  if (kind == Before::norm) {
    const Factor factor{.values = out};
    add_and_normalise({.dtype = torch::kFloat},
                      {.x = x, .gain = other, .out = &factor, .epsilon = epsilon});
    return out;
  }
  at::parallel_for(0, x.numel(), kNumbersPerTask, [&](int64_t begin, int64_t end) {
    kernels::multiply({.gate = numbers<float>(x) + begin,
                       .value = numbers<float>(other) + begin,
                       .out = numbers<float>(out) + begin,
                       .count = std::size_t(end - begin)});
  });
  return out;
}

/// The gradients of x and of `other`, of which a gain has none.
std::pair<Tensor, Tensor> before_gradient(Before kind, const Tensor& x, const Tensor& other,
                                          const Tensor& grad, double epsilon) {
  if (kind == Before::nothing) return {grad, Tensor()};
  auto out = torch::empty_like(x);
  if (kind == Before::norm) {
    const auto width = x.size(1);
    at::parallel_for(0, x.size(0), kRowsPerTask, [&](int64_t begin, int64_t end) {
      kernels::differentiate(kernels::RmsNormGradient{.x = numbers<float>(x) + begin * width,
                                                      .gain = numbers<float>(other),
                                                      .grad = numbers<float>(grad) + begin * width,
                                                      .out = numbers<float>(out) + begin * width,
                                                      .rows = std::size_t(end - begin),
                                                      .width = std::size_t(width),
                                                      .epsilon = float(epsilon)});
    });
    return {out, Tensor()};
  }
  auto value_out = torch::empty_like(x);
  at::parallel_for(0, x.numel(), kNumbersPerTask, [&](int64_t begin, int64_t end) {
    kernels::differentiate(kernels::SiluGateGradient{.gate = numbers<float>(x) + begin,
                                                     .value = numbers<float>(other) + begin,
                                                     .grad = numbers<float>(grad) + begin,
                                                     .gate_out = numbers<float>(out) + begin,
                                                     .value_out = numbers<float>(value_out) + begin,
                                                     .count = std::size_t(end - begin)});
  });
  return {out, value_out};
}

/// What of a changed layer is no tensor that is kept.
struct LayerForm {
  Tensor weight, bias;  // frozen
  Before kind;
  double epsilon;
};

/// Of the tensors x, other, A and B: (W + B A) before(x, other) + bias.
struct ChangedLinear : torch::autograd::Function<ChangedLinear> {
  static Tensor forward(AutogradContext* context, const LayerForm& form, at::TensorList tensors) {
    const auto &down = tensors[2], &up = tensors[3];
    const auto rows = before(form.kind, tensors[0], tensors[1], form.epsilon);
    const auto inner = rows.matmul(down.t());
    context->save_for_backward({tensors[0], tensors[1], down, up, form.weight});
    context->saved_data["kind"] = int64_t(form.kind);
    context->saved_data["epsilon"] = form.epsilon;
    const auto bias = form.bias.defined() ? form.bias.to(torch::kFloat) : form.bias;
    return torch::linear(rows, form.weight.to(torch::kFloat), bias).addmm_(inner, up.t());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &other = saved[1], &down = saved[2], &up = saved[3];
    const auto kind = Before(context->saved_data["kind"].toInt());
    const auto epsilon = context->saved_data["epsilon"].toDouble();
    const auto grad = gradients[0].contiguous();
    const auto inner_grad = grad.matmul(up);  // [R, rank]
    Tensor down_grad, up_grad;
    {
      const auto rows = before(kind, x, other, epsilon);
      up_grad = grad.t().matmul(rows.matmul(down.t()));
      down_grad = inner_grad.t().matmul(rows);
    }
    const auto rows_grad = grad.matmul(saved[4].to(torch::kFloat)).addmm_(inner_grad, down);
    const auto [x_grad, other_grad] = before_gradient(kind, x, other, rows_grad, epsilon);
    return {{}, x_grad, other_grad, down_grad, up_grad};
  }
};

Tensor changed(const FrozenLinearImpl& layer, Before kind, const Tensor& x, const Tensor& other,
               double epsilon) {
  const auto rows = x.flatten(0, -2).contiguous();
  const auto second = kind == Before::gate ? other.flatten(0, -2).contiguous() : other;
  const LayerForm form{
      .weight = layer.weight.flatten(1), .bias = layer.bias, .kind = kind, .epsilon = epsilon};
  const std::vector<Tensor> tensors = {rows, second, layer.change->down, layer.change->up};
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

struct ThreeHeads {
  Tensor query, key, value;  // [B, heads, rows, dim]
};

ThreeHeads placed(const AttentionForm& form, const Tensor& first, const Tensor& second) {
  const auto room = [&](int64_t rows) {
    return torch::empty({first.size(0), form.heads, rows, form.dim()});
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
  at::parallel_for(0, qkv.size(0) * rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    for (auto at = begin; at < end; ++at) {
      const auto picture = at / rows, row = at % rows;
      const auto of = [&](const Tensor& grad, int64_t first, int64_t count) {
        return numbers<float>(grad) + (picture * form.heads * count + first + row) * form.dim();
      };
      kernels::differentiate(kernels::HeadGradient{
          .qkv = numbers<float>(qkv) + at * width,
          .query_gain = numbers<float>(form.query_gain),
          .key_gain = numbers<float>(form.key_gain),
          .cosine = numbers<float>(form.cosines[index]) + row * half,
          .sine = numbers<float>(form.sines[index]) + row * half,
          .query =
              form.asks(which) ? of(grads.query, form.query_begin(which), query_rows) : nullptr,
          .key = of(grads.key, form.key_begin(which), key_rows),
          .value = of(grads.value, form.key_begin(which), key_rows),
          .out = numbers<float>(out) + at * width,
          .rows = 1,
          .heads = std::size_t(form.heads),
          .dim = std::size_t(form.dim()),
          .query_rows = std::size_t(query_rows),
          .key_rows = std::size_t(key_rows),
          .epsilon = float(form.query_epsilon)});
    }
  });
  return out;
}

struct Attended : torch::autograd::Function<Attended> {
  static Tensor forward(AutogradContext* context, const c10::intrusive_ptr<AttentionForm>& form,
                        const Tensor& first, const Tensor& second) {
    const auto heads = placed(*form, first, second);
    const auto [read, sums] =
        at::_scaled_dot_product_flash_attention_for_cpu(heads.query, heads.key, heads.value);
    context->saved_data["form"] = c10::IValue::make_capsule(form);
    context->save_for_backward({first, second, read, sums});
    return read.transpose(1, 2).flatten(2);  // [B, rows, heads dim]
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto held = context->saved_data["form"].toCapsule();
    const auto& form = static_cast<AttentionForm&>(*held);
    const auto saved = context->get_saved_variables();
    const auto heads = placed(form, saved[0], saved[1]);
    const auto grad = gradients[0].unflatten(2, {form.heads, form.dim()}).transpose(1, 2);
    const auto [query, key, value] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
        grad, heads.query, heads.key, heads.value, saved[2], saved[3], /*dropout_p=*/0,
        /*is_causal=*/false);
    const ThreeHeads grads{
        .query = query.contiguous(), .key = key.contiguous(), .value = value.contiguous()};
    return {
        {}, product_gradient(form, 0, saved[0], grads), product_gradient(form, 1, saved[1], grads)};
  }
};

}  // namespace

std::vector<Tensor> linears_of_norm(const std::vector<FrozenLinearImpl*>& layers,
                                    FrozenRmsNormImpl& norm, const Tensor& x, torch::Dtype dtype) {
  const bool learned = dtype == torch::kFloat && is_plain(norm.weight) &&
                       std::ranges::all_of(layers, [&](auto* layer) { return learns(*layer, x); });
  Tensor rows;
  if (!learned) rows = norm.forward(x).to(dtype);
  std::vector<Tensor> all;
  for (auto* layer : layers) {
    all.push_back(learned ? changed(*layer, Before::norm, x, norm.weight, norm.epsilon)
                          : layer->forward(rows));
  }
  return all;
}

Tensor linear_of(FrozenLinearImpl& layer, const Tensor& x) {
  return learns(layer, x) ? changed(layer, Before::nothing, x, torch::empty({0}), 0)
                          : layer.forward(x);
}

Tensor linear_of_gate(FrozenLinearImpl& layer, const Tensor& gate, const Tensor& value) {
  if (!learns(layer, gate)) return layer.forward(torch::silu(gate) * value);
  return changed(layer, Before::gate, gate, value, 0);
}

bool can_attend_placed(const Tensor& qkv, const FrozenRmsNormImpl& norm) {
  const bool learned = torch::GradMode::is_enabled() && norm.weight.requires_grad();
  return is_plain(qkv) && is_plain(norm.weight) && !learned;
}

Tensor attend_placed(const PlacedAttention& task) {
  auto form = c10::make_intrusive<AttentionForm>();
  form->query_gain = task.query_norm.weight, form->key_gain = task.key_norm.weight;
  form->cosines = {task.first.cosine, task.second.cosine};
  form->sines = {task.first.sine, task.second.sine};
  form->rows = {task.first.qkv.size(1), task.second.qkv.size(1)};
  form->heads = task.heads;
  form->first_asks = task.first_asks;
  form->query_epsilon = task.query_norm.epsilon;
  return Attended::apply(form, task.first.qkv.contiguous(), task.second.qkv.contiguous());
}

}  // namespace imagine::nn
