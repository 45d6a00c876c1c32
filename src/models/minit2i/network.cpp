#include "models/minit2i/network.h"

#include <map>

#include <torch/utils.h>

#include "core/freed_memory.h"
#include "models/flow_sampling.h"
#include "models/minit2i/packed_blocks.h"
#include "models/regions.h"
#include "tensor/text_batch.h"

namespace imagine::models {
namespace {

/// Where it is asked for, or the weights are bytes already.
bool wants_bytes(MmJitImpl& network, const Placement& placement) {
  const auto& weight = network.double_blocks()->at(0)->picture.qkv->weight;
  return (placement.int8 || weight.scalar_type() == torch::kChar) && nn::can_multiply_bytes();
}

struct MmJitTextState : TextState {
  explicit MmJitTextState(MmJitText made) : text(std::move(made)) {}
  MmJitText text;
};

/// What each place of a square picture of `grid` places along a side belongs to.
std::vector<PlacedText> with_places(std::vector<PlacedText> texts,
                                    std::span<const RegionText> regions, std::int64_t grid) {
  if (regions.empty()) {
    texts.front().places = torch::zeros({grid * grid});
    return texts;
  }
  const auto biases = region_biases(regions_of(regions), {.width = grid, .height = grid});
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].places = biases[i].flatten();
  return texts;
}

class MmJitNetwork : public Network {
 public:
  MmJitNetwork(MmJit network, const Placement& placement)
      : network_(std::move(network)), placement_(placement) {}

  /// Draws with copies of the double blocks from now on.
  void pack() {
    const nn::Arithmetic arithmetic{.dtype = placement_.dtype,
                                    .bytes = wants_bytes(*network_, placement_)};
    for (auto& block : *network_->double_blocks()) {
      packed_.emplace_back(*block, arithmetic);
      give_back_freed_memory();  // what packing needed: else it adds up over the blocks
    }
  }

  torch::Device device() const override { return placement_.device; }

  std::shared_ptr<const TextState> encode_text(const TextEmbedding& text,
                                               const TextUse& use) const override {
    const torch::NoGradGuard no_grad;
    auto network = network_;  // a const holder cannot be called, its copy can
    const auto told = conditioning_of(network->config, use.settings);
    if (use.unconditional) {
      return std::make_shared<MmJitTextState>(
          network->read_nothing(text.states.size(0), told, placement_.dtype));
    }
    const auto read = [&](const TextEmbedding& one) {
      return network->read(tensor::to_device(one, placement_.device), told, placement_.dtype);
    };
    std::vector<PlacedText> texts = {{.rows = read(text).rows, .text = text}};
    for (const auto& region : use.regions) {
      texts.push_back({.rows = read(region.text).rows, .text = region.text});
    }
    if (texts.size() == 1 && !text.emphasis.defined()) {
      return std::make_shared<MmJitTextState>(MmJitText{.rows = texts.front().rows});
    }
    return std::make_shared<MmJitTextState>(with_sight(
        network->config, with_places(std::move(texts), use.regions, network->config.grid())));
  }

  /// Rows whose every token sees every other are computed at once, others with those of their text.
  std::vector<diffusion::Prediction> evaluate(std::span<const Row> rows) const override {
    const torch::NoGradGuard no_grad;
    std::map<const TextState*, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      groups[text_of(rows[i]).sight ? rows[i].text.get() : nullptr].push_back(i);
    }
    std::vector<diffusion::Prediction> predictions(rows.size());
    for (const auto& [text, group] : groups) {
      std::vector<Row> together;
      for (const auto i : group) together.push_back(rows[i]);
      const auto clean = answer(together);
      for (std::size_t i = 0; i < group.size(); ++i) {
        predictions[group[i]] = {clean.narrow(0, int64_t(i), 1)};
      }
    }
    return predictions;
  }

 private:
  static const MmJitText& text_of(const Row& row) {
    return static_cast<const MmJitTextState&>(*row.text).text;
  }

  /// [B, 3, H, W] of rows that are computed at once.
  Tensor answer(std::span<const Row> rows) const {
    auto network = network_;
    const auto noisy = noisy_of(rows);
    std::vector<Tensor> texts;
    for (const auto& row : rows) texts.push_back(text_of(row).rows);
    const MmJitText text{.rows = torch::cat(texts), .sight = text_of(rows.front()).sight};
    if (packed_.empty()) return network(noisy, text, placement_.dtype);
    const DoubleBlockImpl::Tokens tokens{
        // which become what the blocks make of them
        .text = text.rows,
        .picture = network->embedded(noisy, placement_.dtype).contiguous()};
    const auto context = network->context(text, torch::kFloat);
    for (const auto& block : packed_) block.forward(tokens, context, &block == &packed_.back());
    return network->answered(tokens.picture, placement_.dtype);
  }

  MmJit network_;
  std::vector<PackedDoubleBlock> packed_;  // on the CPU, in place of the network's own
  Placement placement_;
};

}  // namespace

std::shared_ptr<const Network> network_of(MmJit network, const Placement& placement) {
  auto made = std::make_shared<MmJitNetwork>(std::move(network), placement);
  if (placement.device.is_cpu()) made->pack();
  return made;
}

std::shared_ptr<const Network> network_of_training(MmJit network, const Placement& placement) {
  return std::make_shared<MmJitNetwork>(std::move(network), placement);
}

StudentConditioning conditioning_of(const MmJitConfig& config, const StageSettings& settings) {
  if (!config.is_student()) return {};
  const auto* steps = std::get_if<std::int64_t>(&settings.steps);
  const auto taken = steps_within(steps ? *steps : config.n_T, settings.strength);
  return {.omega = settings.guidance,
          .t_min = settings.t_min.value_or(*config.t_min),
          .t_max = settings.t_max.value_or(*config.t_max),
          .step = settings.strength / double(taken)};
}

}  // namespace imagine::models
