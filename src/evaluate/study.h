/// How the networks that judge learn: pictures with noise and softness on them, AdamW, a rate that
/// falls to 0.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "core/fields.h"
#include "core/random.h"
#include "io/file.h"
#include "tensor/types.h"

namespace imagine::evaluate {

struct Study {
  std::string out = {};
  std::string shards = {};
  std::int64_t seed = 1;
  std::int64_t views = 200000;
  std::int64_t batch = 64;
  double learning_rate = 1e-3;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("out", self.out, "folder of the network");
    field("shards", self.shards, "folder made by imagine dataset --parts judge");
    field("seed", self.seed, "of weights and order");
    field("views", self.views, "samples seen in training: pictures that are shown");
    field("batch", self.batch, "batch size: pictures of an update");
    field("learning_rate", self.learning_rate, "at the beginning; falls to 0");
  }

  /// ConfigError naming the field.
  void validate() const;
};

struct StudyProgress {
  std::int64_t views = 0, all = 0;
  double loss = 0;  ///< running mean
};
/// Asked after each update; false stops the training, nothing is kept.
using OnStudyProgress = std::function<bool(const StudyProgress&)>;

/// The loss of a batch: rows of the examples -> []
using LossOfRows = std::function<Tensor(const std::vector<int64_t>& rows)>;

/// Shows `count` examples over and over, each once before any comes again. Interrupted where it was
/// told to stop.
void learn(torch::nn::Module& network, const Study& study, int64_t count, const LossOfRows& loss,
           const OnStudyProgress& on_progress);

/// What generated pictures have that real ones have not: softness, noise, other brightness.
/// pixels [B, 3, S, S] -> the same shape.
Tensor worn(const Tensor& pixels, torch::Generator& generator);

/// FOLDER/config.json and FOLDER/model.safetensors, weights in bf16.
void save_network(const torch::nn::Module& network, const Json& config, const io::fs::path& folder);
/// The weights of such a folder into a new network. FormatError for files that do not fit.
void load_network(torch::nn::Module& network, const io::fs::path& folder);

}  // namespace imagine::evaluate
