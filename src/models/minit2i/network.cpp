#include "models/minit2i/network.h"

#include <torch/utils.h>

#include "core/freed_memory.h"
#include "models/flow_sampling.h"
#include "models/minit2i/packed_blocks.h"
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
    const auto here = tensor::to_device(text, placement_.device);
    return std::make_shared<MmJitTextState>(
        use.unconditional ? network->read_nothing(text.states.size(0), told, placement_.dtype)
                          : network->read(here, told, placement_.dtype));
  }

  std::vector<diffusion::Prediction> evaluate(std::span<const Row> rows) const override {
    const torch::NoGradGuard no_grad;
    auto network = network_;
    std::vector<Tensor> texts;
    for (const auto& row : rows) {
      texts.push_back(static_cast<const MmJitTextState&>(*row.text).text.rows);
    }
    const auto clean = answer(noisy_of(rows), torch::cat(texts));
    std::vector<diffusion::Prediction> predictions;
    for (int64_t i = 0; i < clean.size(0); ++i) predictions.push_back({clean.narrow(0, i, 1)});
    return predictions;
  }

 private:
  /// noisy [B, 3, H, W], text [B, T, D], which becomes what the blocks make of it.
  Tensor answer(const Tensor& noisy, const Tensor& text) const {
    auto network = network_;
    if (packed_.empty()) return network(noisy, MmJitText{text}, placement_.dtype);
    const DoubleBlockImpl::Tokens tokens{
        .text = text, .picture = network->embedded(noisy, placement_.dtype).contiguous()};
    const auto rotations = network->rotations(noisy.device());
    for (const auto& block : packed_) block.forward(tokens, rotations, &block == &packed_.back());
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
