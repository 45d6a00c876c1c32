#include "models/imagine/networks.h"

#include <map>
#include <numeric>
#include <utility>

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

/// A picture whose look is taken on, as the network sees it at every step.
struct SeenStyle {
  Tensor picture, noise;  // [1, 3, H, W]
  HybridText text;
  double weight;
};

struct BaseText : TextState {
  HybridText text;
  std::optional<SeenStyle> style = {};
};

/// The rows of an evaluation, behind them the pictures whose looks some take on, each once.
struct StyledRows {
  std::vector<Row> rows;
  std::vector<const HybridText*> texts;
  HybridStyles styles;
};

StyledRows with_styles(std::span<const Row> rows, torch::Device device) {
  StyledRows all{.rows = {rows.begin(), rows.end()}, .texts = {}, .styles = {}};
  std::vector<int64_t> whose(rows.size());
  std::iota(whose.begin(), whose.end(), 0);
  std::vector<float> weights(rows.size());
  std::vector<const HybridText*> more;
  std::map<std::pair<const void*, double>, int64_t> seen;  // one row for all that look at one
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& read = static_cast<const BaseText&>(*rows[i].text);
    all.texts.push_back(&read.text);
    if (!read.style) continue;
    weights[i] = float(read.style->weight);
    const auto& [alpha, sigma, t] = rows[i].level;
    auto& index = seen[{read.style->picture.unsafeGetTensorImpl(), t}];
    if (index == 0) {
      index = std::ssize(all.rows);
      auto row = rows[i];
      row.noisy = alpha * read.style->picture + sigma * read.style->noise;
      whose.push_back(index), weights.push_back(0);
      all.rows.push_back(std::move(row)), more.push_back(&read.style->text);
    }
    whose[i] = index;
  }
  all.texts.insert(all.texts.end(), more.begin(), more.end());
  if (more.empty()) return all;
  all.styles = {.rows = torch::tensor(whose, torch::kLong).to(device),
                .weights = torch::tensor(weights).to(device)};
  return all;
}

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
    if (use.control != nullptr) {
      auto adapter = adapter_;
      read = adapter->told(read, use.control->to(device_));
    }
    auto made = std::make_shared<BaseText>();
    made->text = std::move(read);
    if (use.style != nullptr) made->style = seen(*use.style, text);
    return made;
  }

  torch::Device device() const override { return device_; }

  std::vector<Prediction> evaluate(std::span<const Row> rows) const override {
    const torch::NoGradGuard no_grad;
    auto network = network_;
    const auto all = with_styles(rows, device_);
    const auto clean =
        network(noisy_of(all.rows), times_of(all.rows), joined(all.texts), all.styles);
    return predictions_of(clean.narrow(0, 0, std::ssize(rows)));
  }

 private:
  /// Of no text: what the picture shows is not known.
  SeenStyle seen(const StyleInput& style, const TextEmbedding& like) const {
    auto network = network_;
    auto noise = at::detail::createCPUGenerator(/*seed=*/0);
    const auto none = torch::ones({1}, torch::dtype(torch::kBool).device(device_));
    return {.picture = style.picture.to(device_),
            .noise = torch::randn(style.picture.sizes(), noise, torch::kFloat).to(device_),
            .text = network->read(tensor::to_device(like, device_), none),
            .weight = style.weight};
  }

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
