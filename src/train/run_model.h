/// The model folder that a run leaves: its stage among the others that it takes to draw.
#pragma once

#include <optional>

#include "train/start.h"

namespace imagine::train {

/// OUT/model, which is whole wherever it is. The other stages and the text encoder are copied from
/// the model that the run starts from, else from the one whose text encoder it reads; where there
/// is none, a base draws alone. A quick network that another base taught is left out.
class RunModel {
 public:
  /// Reads only. ConfigError or FormatError for a model that cannot be read.
  explicit RunModel(const TrainConfig& config);

  /// Puts OUT/stage as it is now into the model, which is made the first time. `views`: pictures
  /// shown to it so far. Does nothing where a run's stage is no part of a model: low-rank changes,
  /// a network that learns from another, super-resolution without a base. ResourceError.
  void update(int64_t views) const;

 private:
  void make() const;
  std::string card(int64_t views) const;
  void copy_trained(const io::fs::path& model) const;

  TrainConfig config_;
  io::fs::path folder_;
  std::optional<ModelPlace> origin_;
  std::string trained_;  // the stage's folder; empty: there is no model
  models::ModelFile model_;
};

/// The folder of the model that a run left; nullopt where it left none.
std::optional<io::fs::path> model_of_run(const TrainConfig& config);

}  // namespace imagine::train
