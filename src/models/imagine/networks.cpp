#include "models/imagine/networks.h"

#include <torch/utils.h>

#include "models/regions.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

using diffusion::Prediction;

/// [B, 3, H, W] -> one prediction for each row.
std::vector<Prediction> predictions_of(const Tensor& clean) {
  std::vector<Prediction> all;
  for (int64_t i = 0; i < clean.size(0); ++i) all.push_back({.clean = clean.narrow(0, i, 1)});
  return all;
}

struct BaseText : TextState {
  explicit BaseText(HybridText made) : text(std::move(made)) {}
  HybridText text;
};

class BaseNetwork : public Network {
 public:
  BaseNetwork(Hybrid network, ControlAdapter adapter)
      : network_(std::move(network)),
        adapter_(std::move(adapter)),
        device_(network_->parameters().front().device()) {}

  std::shared_ptr<const TextState> encode_text(const TextEmbedding& text,
                                               const TextUse& use) const override {
    const torch::NoGradGuard no_grad;
    auto network = network_;  // a const holder cannot be called, its copy can
    const auto unconditional_row =
        torch::full({1}, use.unconditional, torch::dtype(torch::kBool).device(device_));
    const auto read_one = [&](const TextEmbedding& one) {
      return network->read(tensor::to_device(one, device_), unconditional_row);
    };
    auto read = read_one(text);
    if (!use.regions.empty()) {
      const Extent tokens{.width = use.extent.width / kHybridPlace,
                          .height = use.extent.height / kHybridPlace};
      std::vector<HybridText> texts = {read};
      for (const auto& region : use.regions) texts.push_back(read_one(region.text));
      read = with_regions(texts, region_biases(regions_of(use.regions), tokens));
    }
    if (use.control == nullptr) return std::make_shared<BaseText>(std::move(read));
    auto adapter = adapter_;
    return std::make_shared<BaseText>(adapter->told(read, use.control->to(device_)));
  }

  torch::Device device() const override { return device_; }

  std::vector<Prediction> evaluate(std::span<const Row> rows) const override {
    const torch::NoGradGuard no_grad;
    auto network = network_;
    std::vector<const HybridText*> texts;
    for (const auto& row : rows) {
      texts.push_back(&static_cast<const BaseText&>(*row.text).text);
    }
    return predictions_of(network(noisy_of(rows), times_of(rows), joined(texts)));
  }

 private:
  Hybrid network_;
  ControlAdapter adapter_;
  torch::Device device_;
};

struct UpscalerText : TextState {
  explicit UpscalerText(TextEmbedding made) : text(std::move(made)) {}
  TextEmbedding text;
};

class UpscalerNetwork : public Network {
 public:
  explicit UpscalerNetwork(std::shared_ptr<Upscaler> network)
      : network_(std::move(network)), device_(network_->parameters().front().device()) {}

  std::shared_ptr<const TextState> encode_text(const TextEmbedding& text,
                                               const TextUse&) const override {
    return std::make_shared<UpscalerText>(tensor::to_device(text, device_));
  }

  torch::Device device() const override { return device_; }

  std::vector<Prediction> evaluate(std::span<const Row> rows) const override {
    const torch::NoGradGuard no_grad;
    std::vector<const TextEmbedding*> texts;
    for (const auto& row : rows) {
      texts.push_back(&static_cast<const UpscalerText&>(*row.text).text);
    }
    const LowResolution low{.pixels = low_of(rows), .augmentation = low_noise_of(rows)};
    return predictions_of(
        network_->forward(noisy_of(rows), times_of(rows), low, tensor::joined(texts)));
  }

 private:
  std::shared_ptr<Upscaler> network_;
  torch::Device device_;
};

}  // namespace

std::shared_ptr<const Network> network_of(Hybrid network, ControlAdapter adapter) {
  return std::make_shared<BaseNetwork>(std::move(network), std::move(adapter));
}

std::shared_ptr<const Network> network_of(std::shared_ptr<Upscaler> network) {
  return std::make_shared<UpscalerNetwork>(std::move(network));
}

}  // namespace imagine::models
