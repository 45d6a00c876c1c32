/// What a run trains: a network, its loss, and how its progress looks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "core/fields.h"
#include "imagine/image.h"
#include "train/batches.h"

namespace imagine::train {

/// Pictures with what stands under them, in rows of `columns`.
struct Sheet {
  std::vector<Image> images;
  std::vector<std::string> captions;
  int columns = 4;
};

/// What a sheet can be made of.
struct PreviewInput {
  std::vector<std::string> prompts;
  TextEmbedding text;  // of the prompts
  Batch held_out;      // of pictures that are not trained on
};

class Objective {
 public:
  virtual ~Objective() = default;

  virtual torch::nn::Module& network() = 0;
  /// config.json of the exported stage.
  virtual Json network_config() const = 0;
  /// Whether pictures are cropped to the phase's resolution, or shrunk to it.
  virtual bool crops() const = 0;

  /// The mean loss of a batch; all its noise comes from `generator`, which draws on the network's
  /// device.
  virtual Tensor loss(const Batch& batch, const Phase& phase, torch::Generator& generator) = 0;
  /// What the network as it is can do, seeds 0, 1, 2 ...
  virtual Sheet preview(const PreviewInput& input, const Phase& phase) = 0;
};

/// What `config.stage` names, on the CPU.
std::unique_ptr<Objective> make_objective(const TrainConfig& config);

}  // namespace imagine::train
