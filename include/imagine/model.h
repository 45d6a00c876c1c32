/// A model on disk: what it is, whether it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "imagine/error.h"
#include "imagine/recipe.h"

namespace imagine {

/// The folder of the model that comes with Imagine: of IMAGINE_DATA, else of the installation or
/// the sources that the running program is of.
std::filesystem::path embedded_model();

struct ModelOptions {
  /// A text encoder in place of the model's own: a folder, or a file of a T5's weights. Empty:
  /// none.
  std::filesystem::path text_encoder = {};
  /// A model of ours whose super-resolution goes on where DeepFloyd IF ends, unless the model's
  /// folder has one in stage3/. Empty: none does.
  std::filesystem::path upscaler = {};
};

/// How a stage samples unless it is told otherwise.
struct StageDefaults {
  Task task = Task::generate;
  bool inpaints = false;  ///< of Task::edit: with a mask
  StageSettings settings = {};
};

/// What can be said of a stage without its weights.
struct StageInfo {
  int size = 0;                            ///< side of its square in pixels
  bool enlarges = false;                   ///< super-resolution: it begins no cascade
  std::uint64_t bytes = 0;                 ///< of its weight files
  std::vector<SamplerName> samplers = {};  ///< that it can use
  /// By task; of a stage with two networks each one's, the one that draws unless told otherwise
  /// first.
  std::vector<StageDefaults> defaults = {};
};

struct ModelInfo {
  std::string name = {};
  std::string licence = {};          ///< of the weights; empty where the folder does not say
  int default_size = 0;              ///< pixels
  bool edits_any_shape = false;      ///< else the largest square in a picture's middle
  bool draws_squares_alone = false;  ///< other shapes in windows (AspectMethod)
  bool weighs_words = false;    ///< and reads regions by attention; else by MultiDiffusion alone
  bool takes_control = false;   ///< Request::control
  bool takes_style = false;     ///< Request::style
  std::vector<int> sizes = {};  ///< that are drawn from prompts: pixels, from the smallest on
  std::vector<StageInfo> stages = {};
  std::uint64_t bytes = 0;  ///< of all weight files, the text encoder's too
};

/// A text encoder and a cascade of diffusion stages. Immutable: any number of threads and engines
/// may share one. It holds no weights, those are an engine's.
class Model {
 public:
  /// Reads and checks all configurations of a folder: ours with model.json, or DeepFloyd IF's as
  /// diffusers has it. FormatError or ConfigError names the file and what is wrong with it.
  static std::shared_ptr<const Model> open(const std::filesystem::path& folder,
                                           const ModelOptions& options = {});

  const ModelInfo& info() const;

  /// For the engine.
  struct Parts;
  const Parts& parts() const { return *parts_; }

  explicit Model(std::unique_ptr<const Parts> parts);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

 private:
  std::unique_ptr<const Parts> parts_;
};

}  // namespace imagine
