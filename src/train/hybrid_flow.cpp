#include "models/imagine/hybrid.h"
#include "models/imagine/networks.h"
#include "train/flow_network.h"

namespace imagine::train {
namespace {

class HybridFlow : public FlowNetwork {
 public:
  explicit HybridFlow(const TrainConfig& config) : network_(config.base) {
    network_->set_recompute(config.recompute);
  }

  torch::nn::Module& module() override { return *network_; }
  Json config() const override { return to_json(network_->config); }

  Predict read(const TextEmbedding& text, const Tensor& unconditional, const Tensor& cut) override {
    return [network = network_, read = network_->read(text, unconditional, cut)](
               const Tensor& noisy, const Tensor& t) mutable { return network(noisy, t, read); };
  }
  std::shared_ptr<const models::Network> drawing() const override {
    return models::network_of(network_);
  }

 private:
  models::Hybrid network_;
};

}  // namespace

std::unique_ptr<FlowNetwork> hybrid_flow(const TrainConfig& config) {
  return std::make_unique<HybridFlow>(config);
}

}  // namespace imagine::train
