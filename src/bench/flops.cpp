#include "bench/flops.h"

#include <atomic>
#include <map>
#include <string>

#include <torch/utils.h>

#include "bench/observe.h"

namespace imagine::bench {
namespace {

using torch::Tensor;
using Inputs = c10::ArrayRef<const c10::IValue>;
using Count = double (*)(Inputs inputs);

/// The product of the sizes of `tensor` from `begin` on.
double numbers_of(const Tensor& tensor, int64_t begin = 0) {
  double product = 1;
  for (int64_t i = begin; i < tensor.dim(); ++i) product *= double(tensor.size(i));
  return product;
}

/// [..., n, k] times [..., k, m]
double product_flops(const Tensor& left, const Tensor& right) {
  return 2 * numbers_of(left) * double(right.size(-1));
}

/// query [B, H, N, D], key and value [B, H, M, D]
double attention_flops(const Tensor& query, const Tensor& key) {
  return 4 * numbers_of(query) * double(key.size(2));
}

int64_t side_after(int64_t side, int64_t kernel, int64_t padding, int64_t stride) {
  return (side + 2 * padding - kernel) / stride + 1;
}

/// x [B, C, H, W], weight [out, C, k, k]
double convolution_flops(const Tensor& x, const Tensor& weight, int64_t padding, int64_t stride) {
  const auto height = side_after(x.size(2), weight.size(2), padding, stride);
  const auto width = side_after(x.size(3), weight.size(3), padding, stride);
  return 2 * double(x.size(0) * height * width) * numbers_of(weight);
}

const std::map<std::string, Count>& counts() {
  static const std::map<std::string, Count> all = {
      {"aten::mm", [](Inputs in) { return product_flops(in[0].toTensor(), in[1].toTensor()); }},
      {"aten::bmm", [](Inputs in) { return product_flops(in[0].toTensor(), in[1].toTensor()); }},
      {"aten::addmm", [](Inputs in) { return product_flops(in[1].toTensor(), in[2].toTensor()); }},
      {"aten::baddbmm",
       [](Inputs in) { return product_flops(in[1].toTensor(), in[2].toTensor()); }},
      {"mkldnn::_linear_pointwise",
       [](Inputs in) {
         return 2 * numbers_of(in[0].toTensor()) * double(in[1].toTensor().size(0));
       }},
      {"aten::_scaled_dot_product_flash_attention_for_cpu",
       [](Inputs in) { return attention_flops(in[0].toTensor(), in[1].toTensor()); }},
      {"aten::_scaled_dot_product_flash_attention_for_cpu_backward",
       [](Inputs in) {  // the scores again, and four products of their size
         return 2.5 * attention_flops(in[1].toTensor(), in[2].toTensor());
       }},
      {"aten::mkldnn_convolution",
       [](Inputs in) {
         return convolution_flops(in[0].toTensor(), in[1].toTensor(), in[3].toIntVector()[0],
                                  in[4].toIntVector()[0]);
       }},
      {"mkldnn::_convolution_pointwise",
       [](Inputs in) {
         const bool plus = in[2].isTensor() && in[2].toTensor().dim() == 4;  // x, other, weight
         const auto& weight = in[plus ? 2 : 1].toTensor();
         return convolution_flops(in[0].toTensor(), weight, in[plus ? 4 : 3].toIntVector()[0], 1);
       }},
      {"aten::convolution_backward",
       [](Inputs in) {  // of the input and of the weight
         return 2 * convolution_flops(in[1].toTensor(), in[2].toTensor(), in[5].toIntVector()[0],
                                      in[4].toIntVector()[0]);
       }},
  };
  return all;
}

std::atomic<double> counted;

std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& function) {
  const auto found = counts().find(function.name());
  if (found != counts().end()) counted += found->second(function.inputs());
  return nullptr;
}

}  // namespace

double count_flops(const std::function<void()>& run) {
  counted = 0;
  observe(at::RecordFunctionCallback(count).needsInputs(true).scopes({at::RecordScope::FUNCTION}),
          run);
  return counted;
}

}  // namespace imagine::bench
