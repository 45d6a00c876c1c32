#include "models/deepfloyd_if/network.h"

#include <torch/utils.h>

#include "models/regions.h"

namespace imagine::models {
namespace {

using diffusion::Prediction;

struct IfTextState : TextState {
  explicit IfTextState(IfText made) : text(std::move(made)) {}
  IfText text;
};

class IfNetwork : public Network {
 public:
  IfNetwork(IfUnet network, diffusion::Target target, const Placement& placement, bool packed)
      : network_(std::move(network)), target_(target), placement_(placement), packed_(packed) {}

  torch::Device device() const override { return placement_.device; }
  bool is_fast_in_parts() const override { return packed_; }

  /// Every token is read, padding too: "no text" is a text of its own.
  std::shared_ptr<const TextState> encode_text(const TextEmbedding& text,
                                               const TextUse& use) const override {
    const torch::NoGradGuard no_grad;
    std::vector<const TextEmbedding*> texts = {&text};
    for (const auto& region : use.regions) texts.push_back(&region.text);
    auto network = network_;  // a const holder cannot be called, its copy can
    std::vector<IfText> read;
    bool weighs = texts.size() > 1;
    for (const auto* one : texts) {
      read.push_back(network->read(one->states.to(placement_.device, placement_.dtype)));
      weighs = weighs || one->emphasis.defined();
    }
    if (!weighs) return std::make_shared<IfTextState>(std::move(read.front()));
    return std::make_shared<IfTextState>(with_biases(read, biases_of(texts, use)));
  }

  std::vector<Prediction> evaluate(std::span<const Row> rows) const override {
    const torch::NoGradGuard no_grad;
    auto network = network_;
    std::vector<const IfText*> texts;
    for (const auto& row : rows) texts.push_back(&static_cast<const IfTextState&>(*row.text).text);
    auto input = noisy_of(rows);
    if (const auto low = low_of(rows); low.defined()) input = torch::cat({input, low}, 1);
    const IfConditioning conditioning{.time = times_of(rows), .noise_level = low_noise_of(rows)};
    const auto output =
        network(input.to(placement_.dtype), conditioning, joined(texts)).to(torch::kFloat);
    std::vector<Prediction> predictions;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto own = output.narrow(0, int64_t(i), 1);  // [1, 3 or 6, H, W]
      auto& prediction = predictions.emplace_back(
          diffusion::prediction_of(target_, own.narrow(1, 0, 3), rows[i].noisy, rows[i].level));
      if (own.size(1) == 6) prediction.variance = own.narrow(1, 3, 3);
    }
    return predictions;
  }

 private:
  /// Of each attention's texts.
  std::vector<std::vector<Tensor>> biases_of(const std::vector<const TextEmbedding*>& texts,
                                             const TextUse& use) const {
    const auto options = torch::dtype(placement_.dtype).device(placement_.device);
    std::vector<std::vector<Tensor>> all;
    for (const auto scale : network_->attention_scales()) {
      std::vector<Tensor> places(texts.size(), torch::zeros({1, 1, 1, 1}));
      if (!use.regions.empty()) {
        const Extent grid{.width = use.extent.width / scale, .height = use.extent.height / scale};
        places = region_biases(regions_of(use.regions), grid);
      }
      auto& biases = all.emplace_back();
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto words = texts[i]->emphasis.defined()
                               ? texts[i]->emphasis
                               : torch::zeros({1, texts[i]->states.size(1)});
        biases.push_back((places[i] + words.cpu().unsqueeze(1).unsqueeze(1)).to(options));
      }
    }
    return all;
  }

  IfUnet network_;
  diffusion::Target target_;
  Placement placement_;
  bool packed_;
};

}  // namespace

std::shared_ptr<const Network> network_of(IfUnet network, diffusion::Target target,
                                          const Placement& placement, bool packed) {
  return std::make_shared<IfNetwork>(std::move(network), target, placement, packed);
}

}  // namespace imagine::models
