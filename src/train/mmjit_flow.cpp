#include <set>

#include <torch/utils.h>

#include "core/check.h"
#include "models/minit2i/initial_weights.h"
#include "models/minit2i/network.h"
#include "models/minit2i/weights.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "train/flow_network.h"

namespace imagine::train {
namespace {

/// Of previews: few steps, for they are drawn beside the training.
constexpr int64_t kPreviewSteps = 12;
constexpr double kPreviewGuidance = 2.5;

class MmJitFlow : public FlowNetwork {
 public:
  explicit MmJitFlow(const TrainConfig& config) : network_(config.minit2i) {
    check<ConfigError>(!config.minit2i.is_student(),
                       "minit2i: expected a network that draws step by step, got a student, ",
                       "which draws in a few");
    network_->set_recompute(config.recompute);
    if (config.start_from.empty()) models::initialise(*network_);
    for (auto& parameter : network_->parameters()) parameter.requires_grad_();
    if (config.lora.rank > 0) {
      frozen_dtype_ = tensor::compute_dtype(config.dtype, tensor::device_named(config.device));
    }
  }

  torch::nn::Module& module() override { return *network_; }
  Json config() const override { return to_json(network_->config); }
  std::string name_prefix() const override { return std::string(models::kPrefix); }
  double noise_scale() const override { return network_->config.noise_scale; }
  models::SamplingOptions sampling() const override {
    return {.steps = kPreviewSteps, .guidance = kPreviewGuidance};
  }

  void load(const Start& start, const nn::LoadOptions& options) override {
    if (!io::fs::is_directory(start.weights)) open_weights(start);  // which says what is missing
    check_trainable(start);
    models::load_mmjit(*network_, start.weights, options);
  }

  void place(torch::Device device, torch::Dtype dtype) override {
    if (!frozen_dtype_ || !device.is_cpu()) return module().to(device, dtype);
    std::set<const void*> stay;  // as they are stored, which may take half of the memory
    for (const auto& layer : network_->modules()) {
      const auto* linear = layer->as<nn::FrozenLinearImpl>();
      if (linear != nullptr) stay.insert(linear->weight.unsafeGetTensorImpl());
    }
    for (auto& parameter : network_->parameters()) {
      if (!stay.contains(parameter.unsafeGetTensorImpl())) parameter.set_data(parameter.to(dtype));
    }
  }

  Predict read(const TextEmbedding& text, const Tensor& unconditional, const Tensor&) override {
    auto told = text;
    told.mask = text.mask.logical_and(unconditional.logical_not().unsqueeze(1));  // [B, T]
    const auto dtype = computes_in();
    return [network = network_, read = network_->read(told, {}, dtype), dtype](
               const Tensor& noisy, const Tensor&) mutable { return network(noisy, read, dtype); };
  }

  std::shared_ptr<const models::Network> drawing() const override {
    const auto device = network_->parameters().front().device();
    return models::network_of_training(network_, {.device = device, .dtype = computes_in()});
  }

 private:
  /// Weights that are trained are kept in it.
  torch::Dtype computes_in() const {
    return frozen_dtype_.value_or(network_->parameters().front().scalar_type());
  }

  models::MmJit network_;
  std::optional<torch::Dtype> frozen_dtype_ = {};  // where changes of it are trained
};

}  // namespace

std::unique_ptr<FlowNetwork> mmjit_flow(const TrainConfig& config) {
  return std::make_unique<MmJitFlow>(config);
}

}  // namespace imagine::train
