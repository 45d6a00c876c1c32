/// A model folder, ours or diffusers', as a cascade of stages.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cascade/stage.h"

namespace imagine::cascade {

/// How stages want a prompt read.
struct Reading {
  std::filesystem::path text_encoder;
  std::filesystem::path replaced = {};  ///< the model's own encoder, where another is in its place
  /// How many tokens the networks read; nullopt: as many as a prompt has.
  std::optional<int64_t> text_length = {};
  /// Whether "nothing named" is the encoder's reading of an empty text; else the networks know it.
  bool reads_no_text = false;
  bool lower_cases = false;  ///< prompts, before they are read
};

struct Model {
  std::string name;
  std::vector<Reading> readings;
  int default_size = 0;
  std::vector<std::unique_ptr<StagePlan>> stages = {};
  std::vector<std::size_t> reading_of_stage = {};  ///< indices into readings, for each stage
  bool left_out_quick = false;  ///< the first stage has a quick network that is not to draw
};

/// Whether every stage edits pictures that are not square.
bool edits_any_shape(const Model& model);

/// Reads and checks the configurations of a folder with model.json, with diffusers'
/// model_index.json, or with such folders: stage1/ and stage2/, else the only two that their
/// pipelines tell apart, whatever they are called. After diffusers' stages go those of
/// the super-resolution of one of our models, up to 1024 pixels: of stage3/ in the folder, else of
/// `upscaler`, else none. Of our models a first stage's quick network is left out unless `quick`.
/// No weights are loaded. FormatError or ConfigError names the file.
Model open_model(const std::filesystem::path& folder, const std::filesystem::path& upscaler = {},
                 bool quick = true);

/// The folder of DeepFloyd IF's first stage: `folder` itself if it has unet/, else one within it as
/// open_model() finds it. FormatError.
std::filesystem::path first_if_stage(const std::filesystem::path& folder);

}  // namespace imagine::cascade
