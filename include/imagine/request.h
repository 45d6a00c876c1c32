/// What a caller asks for, and what comes back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "imagine/image.h"

namespace imagine {

/// A moment of the work, for a progress display.
struct Progress {
  std::string stage;  ///< "64 pixels", "256 pixels" ...
  int step = 0;       ///< steps done of this stage
  int steps = 0;
  int picture = 0;  ///< first of the pictures that are drawn together now, from 0
  int together = 1;
  int pictures = 0;  ///< in all
};

/// Answers whether to go on.
using OnProgress = std::function<bool(const Progress&)>;

struct Request {
  std::string prompt = {};
  std::string negative = {};  ///< what the picture is pushed away from; empty: nothing named
  int count = 1;              ///< pictures; picture k has seed + k
  std::uint64_t seed = 0;     ///< the same seed gives the same picture, whatever the count
  int size = 0;  ///< side in pixels, one that the model has a stage for; 0: its default
  std::optional<int> steps = {};        ///< of the first stage; else its default
  std::optional<double> guidance = {};  ///< of the first stage; 1: none
  std::optional<std::string> sampler =
      {};  ///< of the first stage: dpm++, dpm++3m, unipc, heun or euler
  OnProgress on_progress = {};
};

/// All that is needed to make a picture again.
struct Recipe {
  std::string prompt = {};
  std::string negative = {};
  std::uint64_t seed = 0;
  int size = 256;
  int steps = 0;
  double guidance = 0;
  std::string sampler;
  std::string model;
  std::string dtype;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("prompt", self.prompt, "what the picture shows");
    field("negative", self.negative, "what it was pushed away from");
    field("seed", self.seed, "of its noise");
    field("size", self.size, "side in pixels");
    field("steps", self.steps, "of the first stage");
    field("guidance", self.guidance, "guidance scale of the first stage");
    field("sampler", self.sampler, "of the first stage");
    field("model", self.model, "name of the model");
    field("dtype", self.dtype, "of the computation");
  }
};

struct Picture {
  Image image;
  Recipe recipe;
};

using OnPicture = std::function<void(Picture)>;

}  // namespace imagine
