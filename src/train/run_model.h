/// The model folder that a run leaves: its stage among the others that it takes to draw.
#pragma once

#include <memory>
#include <optional>

#include "train/start.h"

namespace imagine::train {

/// OUT/model, which is whole wherever it is.
class RunModel {
 public:
  virtual ~RunModel() = default;
  /// Puts OUT/stage as it is now into the model, which is made the first time. `views`: pictures
  /// shown to it so far. ResourceError.
  virtual void update(int64_t views) const = 0;
};

/// Nothing where a run's stage is no part of a model: low-rank changes, a network that learns from
/// another, super-resolution without a base. Reads only. ConfigError or FormatError for a model
/// that cannot be read.
std::unique_ptr<RunModel> run_model_of(const TrainConfig& config);

/// Of our own networks. The other stages and the text encoder are copied from the model that the
/// run starts from, else from the one whose text encoder it reads; where there is none, a base
/// draws alone. A quick network that another base taught is left out.
std::unique_ptr<RunModel> imagine_run_model(const TrainConfig& config);

/// Of MiniT2I, in the layout that is published.
std::unique_ptr<RunModel> minit2i_run_model(const TrainConfig& config);

/// The folder of the model whose network a run changes; empty where it is in none.
io::fs::path changed_model(const TrainConfig& config);

/// The folder of the model that a run left; nullopt where it left none.
std::optional<io::fs::path> model_of_run(const TrainConfig& config);

}  // namespace imagine::train
