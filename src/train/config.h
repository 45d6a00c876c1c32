/// What one training run is: the whole of a configs/*.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/imagine/control_config.h"
#include "models/imagine/efficient_unet_config.h"
#include "models/imagine/hybrid_config.h"
#include "models/imagine/super_resolution_config.h"
#include "models/minit2i/mmjit_config.h"
#include "train/lora_config.h"
#include "train/optimizer.h"
#include "train/stream_config.h"

namespace imagine::train {

/// A stretch of the run with one resolution, batch size and distribution of noise levels. The
/// learning rate goes in a straight line from its first to its last value.
struct Phase {
  int64_t views = 100'000;
  int64_t resolution = 64;
  int64_t batch = 32;
  int64_t accumulate = 1;
  double learning_rate = 5e-4;
  double final_learning_rate = 5e-4;
  double noise_mean = -0.3;
  double noise_std = 1.2;
  std::map<std::string, double> weights = {};
  std::vector<std::string> kept = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("views", self.views, "pictures shown in this phase");
    field("resolution", self.resolution, "side of the pictures (of the crops) in pixels");
    field("batch", self.batch, "pictures in one pass");
    field("accumulate", self.accumulate, "passes whose gradients make one update");
    field("learning_rate", self.learning_rate, "at the phase's first update");
    field("final_learning_rate", self.final_learning_rate, "at the phase's last update");
    field("noise_mean", self.noise_mean, "mean of logit(t); lower is noisier");
    field("noise_std", self.noise_std, "standard deviation of logit(t)");
    field("weights", self.weights, "share of each domain; empty: as many as there are");
    field("kept", self.kept, "domains that low-rank changes must go on drawing as the network did");
  }
};

/// What a base learns from another, see distillation_objective.h.
struct DistillationConfig {
  std::string teacher = {};
  double guidance = 3;
  int64_t steps = 8;
  int64_t substeps = 2;
  double first_step = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("teacher", self.teacher, "the teacher's weights: a file, or the folder of a stage");
    field("guidance", self.guidance, "guidance scale of the teacher, which is learned; 1: none");
    field("steps", self.steps, "steps in which the network will draw");
    field("substeps", self.substeps, "steps of the teacher for each of them");
    field("first_step", self.first_step, "how far t goes in the first step; 0: as in the others");
  }
};

struct TrainConfig {
  std::string stage = "base";
  std::string out = "runs/base";
  std::string shards = "dataset";
  StreamConfig stream;
  std::int64_t shard_size = 64;
  std::string text_encoder = "models/imagine-small/text_encoder";
  std::string start_from;
  std::string deepfloyd_if;
  std::uint64_t seed = 0;
  std::string dtype = "auto";
  std::string device = "cpu";
  models::HybridConfig base;
  models::SuperResolutionConfig super_resolution;
  models::EfficientUnetConfig efficient_unet;
  models::MmJitConfig minit2i;
  DistillationConfig distillation;
  models::ControlConfig control;
  std::vector<Phase> phases = {Phase{}};
  LoraConfig lora;
  bool recompute = false;
  OptimizerConfig optimizer;
  int64_t warm_up = 200;
  double caption_drop = 0.1;
  double augmentation = 0.3;
  std::vector<double> ema = {0.05, 0.10};
  double checkpoint_minutes = 5;
  double preview_minutes = 15;
  std::vector<std::string> preview_prompts;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("stage", self.stage,
          "what is trained: base, distillation, control, super_resolution, efficient_unet, "
          "minit2i, minit2i_distillation, or changes of deepfloyd_if");
    field("out", self.out, "folder of the run: checkpoints, log, previews, weights");
    field("shards", self.shards, "folder that `imagine dataset` filled");
    field("stream", self.stream, "pictures of your own, where they are trained on instead");
    field("shard_size", self.shard_size,
          "side in pixels of the pictures read: 64, 256 or 1024; MiniT2I: left out, its own");
    field("text_encoder", self.text_encoder, "folder of the frozen text encoder");
    field("start_from", self.start_from,
          "weights to begin with: a file (model.safetensors), the folder of a stage or of a model, "
          "MiniT2I's as published, whose network need not be told again; empty: new ones");
    field("deepfloyd_if", self.deepfloyd_if,
          "folder of its first stage as diffusers has it, or one that holds that, where stage is "
          "that");
    field("seed", self.seed, "of the new weights, the order of the data and the noise");
    field("dtype", self.dtype,
          "of the computation: bf16, fp32, or auto for the faster; the weights are kept in fp32");
    field("device", self.device, "cpu or cuda");
    field("base", self.base, "the network, where stage is base, distillation or control");
    field("super_resolution", self.super_resolution, "the network, where stage is that");
    field("efficient_unet", self.efficient_unet, "the network, where stage is that");
    field("minit2i", self.minit2i, "the network, where stage is that or minit2i_distillation");
    field("distillation", self.distillation, "who teaches, where stage is that");
    field("control", self.control, "the adapter, where stage is that");
    field("phases", self.phases, "one after the other");
    field("lora", self.lora, "low-rank changes, where they are trained and not the weights");
    field(
        "recompute", self.recompute,
        "whether the backward pass computes blocks again: less memory, more time; not where stage "
        "is super_resolution or deepfloyd_if");
    field("optimizer", self.optimizer, "how the weights move");
    field("warm_up", self.warm_up, "updates over which the learning rate rises from 0");
    field("caption_drop", self.caption_drop, "share of pictures shown without text");
    field("augmentation", self.augmentation,
          "super-resolution: most noise put on the low resolution");
    field("ema", self.ema,
          "relative widths of the averages of the weights: stage is of the first, stage-ema-WIDTH "
          "of each other");
    field("checkpoint_minutes", self.checkpoint_minutes, "between two checkpoints");
    field("preview_minutes", self.preview_minutes, "between two sheets of pictures");
    field("preview_prompts", self.preview_prompts,
          "what the sheets show, seeds 0, 1, 2 ...; super-resolution shows held-out pictures");
  }

  /// Whether what is trained enlarges pictures.
  bool enlarges() const;
  /// ConfigError naming the field.
  void validate() const;
  /// What must stay when a run goes on: all but what leaves its past as it was, and but the phases,
  /// of which only those that are past must still lead to its update.
  std::string identity() const;
};

/// What it leaves out of the network, and the text encoder, it takes from what it starts from (see
/// start.h). FormatError or ConfigError naming the file and the field.
TrainConfig read_train_config(const std::string& path);

/// Where in the run an update lies.
struct Position {
  const Phase* phase;
  int64_t phase_index;
  double learning_rate;
};

int64_t count_updates(const TrainConfig& config);
/// Pictures shown by the first `update` updates.
int64_t views_before(const TrainConfig& config, int64_t update);
/// `update` in 0 .. count_updates - 1.
Position position_at(const TrainConfig& config, int64_t update);

}  // namespace imagine::train
