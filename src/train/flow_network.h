/// A network that learned a straight path from noise to picture, as a training has it: whichever
/// family it is of.
#pragma once

#include <functional>
#include <memory>

#include "models/flow_sampling.h"
#include "nn/weights.h"
#include "train/batches.h"
#include "train/start.h"

namespace imagine::train {

class FlowNetwork {
 public:
  /// noisy [B, 3, H, W] float, t [B] in 0 (noise) .. 1 (clean) -> clean [B, 3, H, W] float
  using Predict = std::function<Tensor(const Tensor& noisy, const Tensor& t)>;

  virtual ~FlowNetwork() = default;

  virtual torch::nn::Module& module() = 0;
  /// Its config.json.
  virtual Json config() const = 0;
  /// Fills it with what a run starts from. FormatError where that does not fit.
  virtual void load(const Start& start, const nn::LoadOptions& options) {
    nn::load_weights(module(), open_weights(start), options);
  }
  /// Moves it where it computes, in `dtype`. Weights that nobody trains may stay as they are
  /// stored.
  virtual void place(torch::Device device, torch::Dtype dtype) { module().to(device, dtype); }
  /// What stands there before the names of all its tensors in a file.
  virtual std::string name_prefix() const { return {}; }
  /// Standard deviation of the noise at t = 0.
  virtual double noise_scale() const { return 1; }
  /// How it draws where nothing is said.
  virtual models::SamplingOptions sampling() const { return {}; }

  /// What it predicts of pictures with such a text; unconditional [B] bool, true: the text is not
  /// read. cut: see Batch. Gradients go through both.
  virtual Predict read(const TextEmbedding& text, const Tensor& unconditional,
                       const Tensor& cut) = 0;
  /// The network as it is, to draw with.
  virtual std::shared_ptr<const models::Network> drawing() const = 0;
};

/// Of the kind that `config.stage` trains, on the CPU; with new weights where the run starts from
/// none.
using MakeFlowNetwork = std::unique_ptr<FlowNetwork> (*)(const TrainConfig& config);
std::unique_ptr<FlowNetwork> hybrid_flow(const TrainConfig& config);
/// Of MiniT2I. ConfigError for a student, whose steps this does not teach.
std::unique_ptr<FlowNetwork> mmjit_flow(const TrainConfig& config);

}  // namespace imagine::train
