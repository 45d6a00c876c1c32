/// A model folder for tests: small random stages of 32 and 64 pixels behind the real text encoder.
#pragma once

#include <torch/utils.h>

#include "core/fields.h"
#include "io/config_file.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"
#include "models/imagine/control_adapter.h"
#include "models/imagine/hybrid.h"
#include "models/imagine/model_file.h"
#include "models/imagine/super_resolution.h"
#include "nn/weights.h"

namespace imagine::models {

class TinyModel {
 public:
  explicit TinyModel(int64_t text_width = 384, std::uint64_t seed = 6) {
    torch::manual_seed(seed);
    const HybridConfig base = {
        .size = 32, .stem = 8, .width = 16, .depth = 1, .heads = 2, .text_width = text_width};
    const SuperResolutionConfig upscaler = {
        .factor = 2, .width = 8, .blocks = 1, .text_width = text_width};
    write_stage("base", *Hybrid(base), to_json(base));
    write_stage("upscaler", *SuperResolution(upscaler), to_json(upscaler));
    const io::fs::path source = IMAGINE_SOURCE_DIR;
    io::fs::create_directory_symlink(source / "models/imagine-small/text_encoder",
                                     path() / "text_encoder");
    ModelFile model{.name = "tiny", .licence = "none", .default_size = 64, .stages = {}};
    model.stages.push_back(
        {.network = "hybrid", .folder = "base", .size = 32, .sampling = {.steps = 2}});
    model.stages.push_back({.network = "super_resolution",
                            .folder = "upscaler",
                            .size = 64,
                            .sampling = {.steps = 1, .guidance = 1}});
    io::write_json(path() / "model.json", to_json(model));
  }

  /// A random adapter beside the base.
  void add_control() {
    auto file = read_model_file(path());
    const auto base = io::read_config<HybridConfig>(path() / "base");
    const ControlConfig config{.width = 16, .depth = 1};
    write_stage("control", *ControlAdapter(config, base), to_json(config));
    file.stages[0].control = {.folder = "control", .base = fingerprint_of(path() / "base")};
    io::write_json(path() / "model.json", to_json(file));
  }

  const io::fs::path& path() const { return folder_.path(); }

 private:
  void write_stage(const std::string& name, torch::nn::Module& network, const Json& config) {
    torch::NoGradGuard no_grad;
    for (auto& parameter : network.parameters()) parameter.normal_(0, 0.2);
    io::fs::create_directory(path() / name);
    io::write_json(path() / name / "config.json", config);
    nn::save_weights(network, path() / name / "model.safetensors", torch::kFloat);
  }

  io::TemporaryFolder folder_;
};

}  // namespace imagine::models
