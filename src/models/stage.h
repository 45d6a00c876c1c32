/// What a family of models says of one stage of its cascade, and what it computes: no sampling.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/extent.h"
#include "diffusion/guidance.h"
#include "diffusion/sampler.h"
#include "imagine/model.h"
#include "imagine/prompt.h"
#include "tensor/types.h"

namespace imagine::models {

/// Where and in which type networks compute.
struct Placement {
  torch::Device device = torch::kCPU;
  torch::Dtype dtype = torch::kFloat;
  bool int8 = false;  ///< bytes times bytes, where the network and the processor can
};

/// What a network makes of one text, the same at every step. Only its network looks into it.
class TextState {
 public:
  virtual ~TextState() = default;
};

/// One picture of an evaluation.
struct Row {
  Tensor noisy;  // [1, 3, H, W] float
  diffusion::NoiseLevel level;
  std::shared_ptr<const TextState> text;
  Tensor low = {};  // [1, 3, h, w] what is enlarged, with noise on it
  double low_noise =
      0;  // how much the network is told that it is (noise conditioning augmentation)
};

struct ControlInput;  // models/control_input.h

/// A text of a part of the picture.
struct RegionText {
  Region region = {};
  TextEmbedding text;  // [1, T, D]
};

/// A picture whose look is taken on.
struct StyleInput {
  Tensor picture;     // [1, 3, H, W] in -1 .. 1, as large as the one that is drawn
  double weight = 1;  // above 0
};

/// What a text is read for.
struct TextUse {
  bool unconditional = false;                ///< of no text: only its length counts
  StageSettings settings = {};               ///< of the stage that draws
  Extent extent = {0, 0};                    ///< of the picture; needed with regions
  std::span<const RegionText> regions = {};  ///< that read words of their own
  const ControlInput* control = nullptr;     ///< of one picture: what is told beside the text
  const StyleInput* style = nullptr;         ///< the same
};

/// Their regions.
std::vector<Region> regions_of(std::span<const RegionText> texts);

/// The network of a stage with its weights. Any number of threads may use it at once.
class Network {
 public:
  virtual ~Network() = default;

  /// The network's part of what `text` [1, T, D] says.
  virtual std::shared_ptr<const TextState> encode_text(const TextEmbedding& text,
                                                       const TextUse& use) const = 0;
  /// A prediction [1, 3, H, W] for each row; all are of one H, W and h, w.
  virtual std::vector<diffusion::Prediction> evaluate(std::span<const Row> rows) const = 0;
  virtual torch::Device device() const = 0;
  /// Whether parts of an evaluation on a core each are as fast as one on all of them. Else weights
  /// are converted as they are used, for every part anew.
  virtual bool is_fast_in_parts() const { return true; }
};

/// What a stage is used for.
struct StageUse {
  Task task = Task::generate;
  bool inpaints = false;       ///< of an edit: with a mask
  bool enlarges_real = false;  ///< a picture from outside, without the faults of a stage before
  bool negative = false;       ///< there is a negative prompt, or texts that are joined
  bool changed = false;        ///< the base's weights get low-rank changes
};

/// A picture that is edited, at the size that the stage draws.
struct Edited {
  Tensor picture;            // [1, 3, H, W] in -1 .. 1
  Tensor mask = {};          // [1, 1, H, W], 1 where it is drawn anew; undefined: everywhere
  bool by_strength = false;  // the mask says how much of each place is
};

/// What one picture's stage begins with.
struct StageInput {
  StageSettings settings = {};
  std::uint64_t seed = 0;
  double ratio = 1;    ///< width to height of what is drawn from noise alone
  Tensor coarse = {};  ///< the stage before's picture [1, 3, h, w], not clamped; undefined: none
  std::optional<Edited> edited = {};
};

/// How super-resolution takes what it enlarges: noisy = alpha * low + sigma * noise.
struct Enlarging {
  Tensor low;  // [1, 3, h, w]
  double alpha = 1, sigma = 0;
  double noise_level = 0;  ///< what the network is told
  /// Where sampling starts: noisy low [1, 3, h, w] and noise [1, 3, H, W] -> [1, 3, H, W]. Empty:
  /// at the noise.
  std::function<Tensor(const Tensor& low, const Tensor& noise)> start = {};
  /// How many pixels of the low resolution around a place what is drawn there depends on, in all
  /// steps; nullopt: all, the picture cannot be drawn in tiles.
  std::optional<std::int64_t> margin = {};
};

/// How one picture is sampled.
struct SamplingPlan {
  Extent extent;  ///< of what is drawn
  diffusion::Sampler sampler = {};
  diffusion::SamplingSchedule schedule = {};
  diffusion::GuidanceOptions guidance = {.scale = 1};
  /// Keeps predictions in range; empty: they are left as they are.
  std::function<diffusion::Prediction(diffusion::Prediction)> bounded = {};
  /// Moves what is predicted at a level of noise, after that; empty: it is left as it is.
  std::function<diffusion::Prediction(diffusion::Prediction, diffusion::NoiseLevel)> steered = {};
  Tensor picture = {};  ///< [1, 3, H, W] that sampling starts at, with the schedule's first noise
  std::optional<Enlarging> enlarging = {};
  std::int64_t window = 0;  ///< side of the squares that it is drawn in (windows.h); 0: at once
};

/// A stage without its weights, checked. Immutable: any number of threads may use it.
class StageSpec {
 public:
  virtual ~StageSpec() = default;

  virtual const StageInfo& info() const = 0;
  int size() const { return info().size; }
  bool enlarges() const { return info().enlarges; }

  /// How large it draws what it enlarges.
  virtual Extent enlarged(Extent coarse) const = 0;
  /// How large it draws what is edited and was `picture`, after a stage that drew `coarse`.
  virtual Extent edited(Extent picture, Extent coarse) const = 0;
  /// Whether it edits pictures of any shape; else squares alone.
  virtual bool edits_any_shape() const = 0;
  /// Whether what it draws from noise is always square.
  virtual bool draws_squares_alone() const { return false; }
  /// Side in pixels of the places that look for words one by one, so that words can be weighed and
  /// belong to a part of the picture; 0: there are none.
  virtual std::int64_t place() const { return 0; }
  /// Why it cannot be told more than words, as an error says it; empty: it can.
  virtual std::string control_refusal() const {
    return "expected a model with a control adapter, as the embedded one is: this one follows "
           "words alone";
  }
  /// Whether it can take on another picture's look.
  virtual bool takes_style() const { return false; }
  /// Whether it draws large pictures in tiles: its memory does not grow with them.
  virtual bool draws_in_tiles() const { return false; }

  /// What is asked for, the rest as the stage has it for that use. InputError names the option.
  virtual StageSettings resolved(const StageOptions& options, const StageUse& use) const = 0;
  virtual SamplingPlan plan(const StageInput& input) const = 0;
  /// Where the weights of the network that `network` names lie: a folder.
  virtual std::filesystem::path folder(std::optional<StageNetwork> network) const = 0;
  /// The network that `network` names, with `loras` added to its weights. FormatError or
  /// ConfigError for files that do not fit.
  virtual std::shared_ptr<const Network> load(std::optional<StageNetwork> network,
                                              const Placement& placement,
                                              const std::vector<LoraUse>& loras) const = 0;
};

/// rows' pictures: [B, 3, H, W]
Tensor noisy_of(std::span<const Row> rows);
/// What they enlarge: [B, 3, h, w]; undefined where they do not.
Tensor low_of(std::span<const Row> rows);
/// The timesteps that a network is told: [B] float, on the rows' device.
Tensor times_of(std::span<const Row> rows);
/// The noise on what they enlarge: [B] float, on the rows' device.
Tensor low_noise_of(std::span<const Row> rows);

}  // namespace imagine::models
