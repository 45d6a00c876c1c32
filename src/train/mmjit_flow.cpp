#include <torch/utils.h>

#include "core/check.h"
#include "models/minit2i/initial_weights.h"
#include "models/minit2i/network.h"
#include "models/minit2i/weights.h"
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
  }

  torch::nn::Module& module() override { return *network_; }
  Json config() const override { return to_json(network_->config); }
  std::string name_prefix() const override { return std::string(models::kPrefix); }
  double noise_scale() const override { return network_->config.noise_scale; }
  models::SamplingOptions sampling() const override {
    return {.steps = kPreviewSteps, .guidance = kPreviewGuidance};
  }

  void load(const Start& start, const nn::LoadOptions& options) override {
    models::load_mmjit(*network_, start.weights, options);
    for (auto& parameter : network_->parameters()) {
      check<ConfigError>(parameter.is_floating_point(), start.weights.string(),
                         ": expected weights that were not quantized");
    }
  }

  Predict read(const TextEmbedding& text, const Tensor& unconditional, const Tensor&) override {
    auto told = text;
    told.mask = text.mask.logical_and(unconditional.logical_not().unsqueeze(1));  // [B, T]
    const auto dtype = network_->parameters().front().scalar_type();
    return [network = network_, read = network_->read(told, {}, dtype), dtype](
               const Tensor& noisy, const Tensor&) mutable { return network(noisy, read, dtype); };
  }

  std::shared_ptr<const models::Network> drawing() const override {
    const auto weight = network_->parameters().front();
    return models::network_of_training(network_,
                                       {.device = weight.device(), .dtype = weight.scalar_type()});
  }

 private:
  models::MmJit network_;
};

}  // namespace

std::unique_ptr<FlowNetwork> mmjit_flow(const TrainConfig& config) {
  return std::make_unique<MmJitFlow>(config);
}

}  // namespace imagine::train
