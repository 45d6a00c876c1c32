#include "nn/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>
#include <torch/utils.h>

namespace imagine::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct HeldBlock : torch::CustomClassHolder {
  explicit HeldBlock(Block held) : block(std::move(held)) {}
  Block block;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static Tensor forward(AutogradContext* context, const c10::intrusive_ptr<HeldBlock>& held,
                        const Tensor& /*trained*/, at::TensorList inputs) {
    context->saved_data["block"] = c10::IValue::make_capsule(held);
    context->save_for_backward(inputs.vec());
    return held->block(inputs.vec());  // records nothing: gradients are off in here
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const torch::AutoGradMode records(true);
    variable_list inputs, result{Tensor(), Tensor()};  // of the block itself, and of `trained`
    for (const auto& saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().requires_grad_(saved.requires_grad()));
    }
    const auto held = context->saved_data["block"].toCapsule();
    const auto output = static_cast<HeldBlock&>(*held).block(inputs);
    if (output.requires_grad()) torch::autograd::backward({output}, {gradients[0]});
    for (const auto& input : inputs) result.push_back(input.grad());
    return result;
  }
};

}  // namespace

Tensor recomputed(const Block& block, const std::vector<Tensor>& inputs) {
  // Where parameters alone are trained no input tells autograd to come here.
  const auto trained = torch::empty({0}).requires_grad_();
  return Recomputed::apply(c10::make_intrusive<HeldBlock>(block), trained, at::TensorList(inputs));
}

}  // namespace imagine::nn
