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

/// A text that is longer than its encoder reads.
struct CutPrompt {
  std::string prompt;       ///< or the negative one
  std::int64_t tokens = 0;  ///< of the whole text, with the encoder's own before and behind it
  std::int64_t read = 0;    ///< the first so many
};

using OnCutPrompt = std::function<void(const CutPrompt&)>;

/// A picture from outside.
struct Source {
  Image image;
  std::string name;                      ///< as a recipe tells it: its file
  std::vector<std::uint8_t> alpha = {};  ///< upscale: width * height, enlarged too; empty: opaque
};

/// What is made: a picture from noise, another picture of one that is there, or that one larger.
enum class Task { generate, edit, upscale };

/// `steps`, `sampler`, `guidance`, `noise_level` and `strength` hold nothing (the model's
/// defaults), one value for all stages of the cascade, or one for each. A stage leaves alone what
/// it has no use for.
struct Request {
  Task task = Task::generate;
  std::optional<Source> image = {};  ///< what is edited or upscaled
  std::optional<Source> mask = {};   ///< edit: as large; white is drawn anew, black stays; some is
  std::string prompt = {};           ///< upscale: may be empty
  std::string negative = {};         ///< what the picture is pushed away from; empty: nothing named
  int count = 1;                     ///< pictures; picture k has seed + k
  std::uint64_t seed = 0;            ///< the same seed gives the same picture, whatever the count
  int size = 0;             ///< side in pixels, one that the model has a stage for; 0: its default
  std::string aspect = {};  ///< generate: width to height, "3:2"; empty: square
  std::vector<std::string> steps = {};    ///< a number, or a list's name: smart50, fast27 ...
  std::vector<std::string> sampler = {};  ///< dpm++, unipc, ddpm ... as the stage can
  std::vector<double> guidance = {};      ///< guidance scale; 1: none
  std::vector<double> noise_level = {};   ///< noise that super-resolution puts on what it enlarges
  std::vector<double> strength = {};      ///< edit: 1 leaves nothing but the mask's black, 0 all
  std::string kept = {};       ///< edit with a mask: what stays is "clean" or "noised" on the way
  bool clean_caption = false;  ///< cleans the prompts as DeepFloyd IF's training captions were
  OnProgress on_progress = {};
  OnCutPrompt on_cut = {};  ///< told before anything is drawn
};

/// Names in a StageRecipe of the two networks that a stage may have.
inline constexpr const char* kBaseNetwork = "base";
inline constexpr const char* kDistilledNetwork = "distilled";

/// How one stage of the cascade drew.
struct StageRecipe {
  int size = 0;
  std::string network = {};
  std::string steps = {};
  std::string sampler = {};
  double guidance = 1;
  double noise_level = 0;
  double strength = 1;
  std::string kept = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("size", self.size, "side in pixels");
    field("network", self.network,
          "of a stage with a quick network: distilled, which is that, or base; else empty");
    field("steps", self.steps, "how many, or the name of a list of timesteps");
    field("sampler", self.sampler, "how noise became a picture");
    field("guidance", self.guidance, "guidance scale; 1: none");
    field("noise_level", self.noise_level, "noise on what was enlarged");
    field("strength", self.strength, "how much of an edited picture was drawn anew; 1: all");
    field("kept", self.kept, "clean or noised: what stayed of an edited picture, on the way");
  }
};

/// All that is needed to make a picture again.
struct Recipe {
  std::string task = "generate";
  std::string image = {};
  std::string mask = {};
  std::string prompt = {};
  std::string negative = {};
  bool clean_caption = false;
  std::uint64_t seed = 0;
  int size = 256;
  std::string aspect = {};
  int width = 0;
  int height = 0;
  std::vector<StageRecipe> stages = {};
  std::string model = {};
  std::string model_folder = {};
  std::string text_encoder = {};
  std::vector<std::string> loras = {};
  std::string dtype = {};
  int count = 1;                          ///< of a sheet: pictures of each prompt
  std::vector<std::string> prompts = {};  ///< of a sheet: all of them; empty: no sheet

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("task", self.task, "generate, edit or upscale");
    field("image", self.image, "the picture that was edited or upscaled");
    field("mask", self.mask, "what was drawn anew of it");
    field("prompt", self.prompt, "what the picture shows");
    field("negative", self.negative, "what it was pushed away from");
    field("clean_caption", self.clean_caption, "whether the prompts were cleaned first");
    field("seed", self.seed, "of its noise");
    field("size", self.size, "side in pixels of a square of as many");
    field("aspect", self.aspect, "width to height that was asked for; empty: none was");
    field("width", self.width, "in pixels");
    field("height", self.height, "in pixels");
    field("stages", self.stages, "of the cascade, in order");
    field("model", self.model, "name of the model, or its folder");
    field("model_folder", self.model_folder, "its folder; empty: the program's own");
    field("text_encoder", self.text_encoder, "its folder, where it is not the model's own");
    field("loras", self.loras, "what was added to its weights: FILE:WEIGHT");
    field("dtype", self.dtype, "of the computation");
    field("count", self.count, "pictures of each prompt on a sheet, seeds seed, seed+1 ...");
    field("prompts", self.prompts, "of a sheet of several pictures; empty: it is one picture");
  }
};

struct Picture {
  Image image;
  Recipe recipe;
  std::vector<std::uint8_t> alpha = {};  ///< width * height where its source had one
};

using OnPicture = std::function<void(Picture)>;

}  // namespace imagine
