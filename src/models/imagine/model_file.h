/// model.json: what a model consists of.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "io/file.h"
#include "models/flow_sampling.h"

namespace imagine::models {

inline constexpr const char* kHybrid = "hybrid";
inline constexpr const char* kSuperResolution = "super_resolution";
inline constexpr const char* kEfficientUnet = "efficient_unet";
inline constexpr std::array kUpscalers = {kSuperResolution, kEfficientUnet};

/// A network that was taught to draw as the stage's own does, in few steps and with its guidance
/// built in (`imagine distill`). It draws what is asked for with no other settings than these.
struct DistilledEntry {
  std::string folder = {};
  std::string teacher = {};
  SamplingOptions sampling = {};

  bool exists() const { return !folder.empty(); }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("folder", self.folder, "of config.json and model.safetensors; empty: there is none");
    field("teacher", self.teacher, "fingerprint of the stage that taught it; empty: unknown");
    field("sampling", self.sampling, "how it was taught to draw");
  }
};

/// An adapter that lets a stage's network follow a layout, lines, depth and colours (see
/// control_adapter.h).
struct ControlEntry {
  std::string folder = {};
  std::string base = {};

  bool exists() const { return !folder.empty(); }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("folder", self.folder, "of config.json and model.safetensors; empty: there is none");
    field("base", self.base, "fingerprint of the network that it was trained beside");
  }
};

/// One step of the cascade: a network's folder and how it samples unless the caller says otherwise.
struct StageEntry {
  std::string network = kHybrid;
  std::string folder = "base";
  int size = 64;
  SamplingOptions sampling;
  DistilledEntry distilled = {};
  ControlEntry control = {};

  bool enlarges() const { return network != kHybrid; }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("network", self.network, "hybrid, super_resolution or efficient_unet");
    field("folder", self.folder, "of config.json and model.safetensors, beside model.json");
    field("size", self.size, "side of its pictures in pixels");
    field("sampling", self.sampling, "its defaults");
    field("quick", self.distilled,
          "of a first stage: the distilled network, which draws instead where neither sampling nor "
          "negative prompt, edit or low-rank changes are asked for");
    field("control", self.control, "of a first stage: the adapter beside its network");
  }
};

struct ModelFile {
  std::string name;
  std::string licence;
  std::string trained_from = {};
  std::string text_encoder = "text_encoder";
  int default_size = 256;
  std::vector<StageEntry> stages;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("name", self.name, "what the model is called");
    field("licence", self.licence, "of the weights");
    field("trained_from", self.trained_from, "name of the model that it was trained from, if any");
    field("text_encoder", self.text_encoder, "folder of the frozen text encoder");
    field("default_size", self.default_size, "side in pixels where the caller names none");
    field("stages", self.stages,
          "hybrid networks first, then the others, which enlarge; each next one larger");
  }
};

/// Reads and checks FOLDER/model.json: the stages' order and sizes, their names, that no folder
/// lies outside the model's. FormatError or ConfigError names the file and the field.
ModelFile read_model_file(const io::fs::path& folder);

/// Tells by samples of its weights which network a stage's folder holds: 16 hexadecimal digits.
/// FormatError.
std::string fingerprint_of(const io::fs::path& stage);

/// ConfigError where the control adapter of `model`, which lies in `folder`, was trained beside
/// other weights than those that stand there.
void check_controlled(const io::fs::path& folder, const ModelFile& model);

/// ConfigError where the distilled network of `model`, which lies in `folder`, was taught by other
/// weights than those that stand beside it.
void check_teacher(const io::fs::path& folder, const ModelFile& model);

}  // namespace imagine::models
