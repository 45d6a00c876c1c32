/// What a caller asks for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "imagine/control.h"
#include "imagine/prompt.h"
#include "imagine/source.h"

namespace imagine {

/// What is made: a picture from noise, another one of a picture that is there (img2img; with a mask
/// inpainting), or that one larger (super-resolution).
enum class Task { generate, edit, upscale };

constexpr std::array<const char*, 3> names_of(Task) { return {"generate", "edit", "upscale"}; }

/// How noise becomes a picture. DDIM and Euler's method are one; ..._karras takes the noise levels
/// of Karras et al. 2022, eq. 5. Flows know euler, dpm_solver, dpm_solver_3m, unipc and heun.
enum class SamplerName {
  ddpm,
  ddim,
  euler,
  dpm_solver,
  dpm_solver_karras,
  dpm_solver_3m,
  dpm_solver_3m_karras,
  unipc,
  unipc_karras,
  heun,
  heun_karras
};

constexpr std::array<const char*, 11> names_of(SamplerName) {
  return {"ddpm",           "ddim",  "euler",        "dpm++", "dpm++-karras", "dpm++3m",
          "dpm++3m-karras", "unipc", "unipc-karras", "heun",  "heun-karras"};
}

/// The lists of timesteps that DeepFloyd IF was published with; the number is their length.
enum class TimestepList {
  fast27,
  smart27,
  smart50,
  smart100,
  smart185,
  super27,
  super40,
  super100
};

constexpr std::array<const char*, 8> names_of(TimestepList) {
  return {"fast27", "smart27", "smart50", "smart100", "smart185", "super27", "super40", "super100"};
}

/// How many denoising steps, 1 to 1000, or which list of them.
using Steps = std::variant<std::int64_t, TimestepList>;

/// How the known region of an inpainting lies beside what is drawn: clean, as DeepFloyd IF's
/// pipelines have it, or with the noise of the level, for better seams.
enum class KnownRegion { clean, noised };

constexpr std::array<const char*, 2> names_of(KnownRegion) { return {"clean", "noised"}; }

/// Which network of a stage draws: the base, or the student that was distilled from it to draw in
/// few steps without guidance.
enum class StageNetwork { base, distilled };

constexpr std::array<const char*, 2> names_of(StageNetwork) { return {"base", "distilled"}; }

/// How a first stage draws what is no square: at once, of about as many pixels; or in squares of
/// its own size that overlap and are joined at every step (Bar-Tal et al. 2023, "MultiDiffusion"),
/// so that the shorter side is as long as a square's: panoramas.
enum class AspectMethod { whole, windows };

constexpr std::array<const char*, 2> names_of(AspectMethod) { return {"whole", "windows"}; }

inline constexpr double kLargestGuidance = 50;  ///< of networks but DeepFloyd IF's

/// What can be said of how a stage samples: the one list of StageOptions and StageSettings.
template <class Self, class Visitor>
void sampling_fields(Self& self, Visitor&& field) {
  field("network", self.network, "of a stage that has both: base or distilled");
  field("steps", self.steps, "how many denoising steps, or the name of a list of timesteps");
  field("sampler", self.sampler, "how noise becomes a picture");
  field("guidance", self.guidance, "guidance scale (CFG scale); 1: none");
  field("t_min", self.t_min, "a student that knows guidance: from this noise level ...");
  field("t_max", self.t_max, "... to this one it draws as if guided");
  field("noise_level", self.noise_level,
        "noise conditioning augmentation: noise on what super-resolution enlarges");
  field("strength", self.strength, "img2img: how much is drawn anew; 1: all");
  field("known_region", self.known_region,
        "inpainting: what stays is clean or noised beside what is drawn");
}

/// What a caller asks of a stage. What is left open is the model's default for the task, and a
/// stage leaves alone what it has no use for.
struct StageOptions {
  std::optional<StageNetwork> network = {};  ///< open: the distilled one where it was taught that
  std::optional<Steps> steps = {};
  std::optional<SamplerName> sampler = {};
  std::optional<double> guidance = {};     ///< 0 .. kLargestGuidance, of DeepFloyd IF 0 .. 100
  std::optional<double> t_min = {};        ///< 0 (clean) .. 1 (noise), of a student of MiniT2I
  std::optional<double> t_max = {};        ///< the same
  std::optional<double> noise_level = {};  ///< 0 .. 1, of DeepFloyd IF a timestep, 0 .. 999
  std::optional<double> strength = {};     ///< above 0 .. 1
  std::optional<KnownRegion> known_region = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    sampling_fields(self, field);
  }

  bool operator==(const StageOptions&) const = default;
};

/// Low-rank changes to a network's weights, and how much of them is added.
struct LoraUse {
  std::string file =
      {};  ///< as diffusers, PEFT, kohya and ours write it, or a folder that holds it
  double weight = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("file", self.file, "file, or folder that holds it");
    field("weight", self.weight, "how much of it is added");
  }

  bool operator==(const LoraUse&) const = default;
};

/// What an edit's mask says: which part is drawn anew; or, in grey, how much of each place is, from
/// nothing where it is black to all that is asked for where it is white (Levin and Fried 2023,
/// "Differential Diffusion").
enum class MaskUse { part, strength };

constexpr std::array<const char*, 2> names_of(MaskUse) { return {"part", "strength"}; }

/// How much larger a picture becomes on each of its sides, in parts of its width or height: 0 .. 1.
struct Extension {
  double left = 0, right = 0, top = 0, bottom = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("left", self.left, "part of its width that is added on the left, 0 to 1");
    field("right", self.right, "the same on the right");
    field("top", self.top, "part of its height that is added at the top, 0 to 1");
    field("bottom", self.bottom, "the same at the bottom");
  }

  bool operator==(const Extension&) const = default;
};

/// A value: it can be kept, compared, queued and written as JSON, in which a picture is its name.
struct Request {
  Task task = Task::generate;
  std::optional<Source> image = {};      ///< what is edited or upscaled
  std::optional<Source> mask = {};       ///< edit: as large; white is drawn anew, black stays
  std::optional<MaskUse> mask_use = {};  ///< nothing: part
  /// Edit: what is drawn on around the picture (outpainting), beside what its mask says.
  std::optional<Extension> extend = {};
  std::string prompt = {};    ///< UTF-8; upscale: may be empty
  std::string negative = {};  ///< what the picture is pushed away from; empty: nothing named
  std::optional<PromptSyntax> prompt_syntax = {};  ///< of all its prompts; nothing: plain
  /// What the prompts were read as, which then counts and not the text; nothing: by the syntax.
  std::optional<std::vector<Wording>> wording = {}, negative_wording = {};
  std::optional<std::vector<Region>> regions = {};  ///< with words of their own
  std::optional<RegionMethod> region_method = {};   ///< nothing: attention
  std::optional<Control> control = {};              ///< what is followed beside the words
  std::optional<Style> style = {};                  ///< another picture's look
  int count = 1;           ///< pictures, 1 .. 10000; picture k has seed + k
  std::uint64_t seed = 0;  ///< 0 .. 2^53; the same seed gives the same picture (see engine.h)
  int size = 0;  ///< side of a square in pixels that the model has a stage for; 0: its default
  std::string aspect = {};  ///< generate: width to height, "3:2", from 1:8 to 8:1; empty: square
  std::optional<AspectMethod> aspect_method = {};  ///< nothing: whole where the model can
  /// Nothing (the model's defaults), one for all stages of the cascade that are used, or one each.
  std::vector<StageOptions> stages = {};
  std::vector<LoraUse> loras = {};  ///< added one after the other to the first stage's base
  bool clean_caption = false;       ///< cleans the prompts as DeepFloyd IF's training captions were
  bool exclusive = false;           ///< its pictures share no evaluation with other requests'

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("task", self.task, "generate, edit or upscale");
    field("image", self.image, "the picture that is edited or upscaled");
    field("mask", self.mask, "which part of it is drawn anew");
    field("mask_use", self.mask_use, "whether its grey says how much is: part or strength");
    field("extend", self.extend, "how much is drawn on around it, on each side");
    field("prompt", self.prompt, "what the picture shows");
    field("negative", self.negative, "what it is pushed away from");
    field("prompt_syntax", self.prompt_syntax, "how the prompts are written; plain or a1111");
    field("wording", self.wording, "what the prompt was read as, which counts then");
    field("negative_wording", self.negative_wording, "the same of the negative prompt");
    field("regions", self.regions, "parts of the picture with words of their own");
    field("region_method", self.region_method, "how they are drawn: attention or multidiffusion");
    field("control", self.control, "layout, sketch, edges, depth, silhouette and palette");
    field("style", self.style, "another picture whose look is taken on");
    field("count", self.count, "pictures, of seeds seed, seed+1 ...");
    field("seed", self.seed, "of the noise");
    field("size", self.size, "side in pixels of a square of as many");
    field("aspect", self.aspect, "width to height; empty: square");
    field("aspect_method", self.aspect_method, "how that is drawn: whole or in windows");
    field("stages", self.stages, "how each stage of the cascade samples, in order");
    field("loras", self.loras, "low-rank changes that are added to the weights");
    field("clean_caption", self.clean_caption, "whether the prompts are cleaned first");
    field("exclusive", self.exclusive, "whether no evaluation is shared with other requests");
  }
};

}  // namespace imagine
