/// What a run trains: a network, its loss, and how its progress looks.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "core/fields.h"
#include "imagine/image.h"
#include "models/imagine/control_adapter.h"
#include "nn/weights.h"
#include "train/batches.h"
#include "train/start.h"

namespace imagine::train {

/// Pictures with what stands under them, in rows of `columns`.
struct Sheet {
  std::vector<Image> images;
  std::vector<std::string> captions;
  int columns = 4;
};

/// What a sheet can be made of.
struct PreviewInput {
  std::vector<std::string> prompts;
  TextEmbedding text;  // of the prompts
  Batch held_out;      // of pictures that are not trained on
};

/// A batch with all that chance adds to it, so that parts of it can be learned apart. What an
/// objective has no use for is undefined.
struct Lesson {
  Batch batch;
  Tensor t;                   // [B] the times
  Tensor noise;               // [B, 3, S, S]
  Tensor unconditional = {};  // [B] bool, true: the text is not read
  Tensor augmentation = {};   // [B] the noise level of the low resolution
  Tensor grain = {};          // [B, 3, s, s] the low resolution's noise
  Tensor target = {};         // [B, 3, S, S] what is to be predicted, where not the pictures
  Tensor weight = {};         // [B] of each picture in the loss, where not 1
  std::optional<models::ControlInput> control = {};  // what is told beside the text
};

/// The batch on the generator's device with a time and noise for each picture. What chance adds is
/// drawn for the whole batch, of which it may have some rows.
Lesson noised(const Batch& batch, const Phase& phase, torch::Generator& generator);

/// For each picture of the lesson's batch one of `count` places, 0 .. count - 1, spread evenly over
/// the whole batch, of which it may have some rows. [B]
Tensor spread_places(const Lesson& lesson, int64_t count, torch::Generator& generator);

/// Pictures begin .. begin + count - 1, without a copy.
Lesson rows_of(const Lesson& lesson, int64_t begin, int64_t count);

class Objective {
 public:
  virtual ~Objective() = default;

  /// What draws, and what the weights that a run starts from fill.
  virtual torch::nn::Module& network() = 0;
  /// Fills it with what the run starts from. FormatError where that does not fit.
  virtual void load(const Start& start, const nn::LoadOptions& options);
  /// Moves it where it computes, in `dtype`; see FlowNetwork::place().
  virtual void place(torch::Device device, torch::Dtype dtype) { network().to(device, dtype); }
  /// Holds the parameters that are trained: the network, or changes of it.
  virtual torch::nn::Module& trained() { return network(); }
  /// The file that a run leaves them in.
  virtual std::string file_name() const { return "model.safetensors"; }
  /// What stands there before the names of a network's layers whose changes are trained.
  virtual std::string name_prefix() const { return {}; }
  /// The same in a PEFT model of the network.
  virtual std::string peft_prefix() const { return {}; }
  /// Writes what else a run leaves beside that file, of which `file` are the tensors.
  virtual void export_beside(const std::map<std::string, Tensor>& /*file*/,
                             const io::fs::path& /*folder*/) const {}
  /// What is said in that file beside the tensors.
  virtual std::map<std::string, std::string> metadata() const { return {}; }
  /// config.json of the exported stage.
  virtual Json network_config() const = 0;
  /// Whether pictures are cropped to the phase's resolution, or shrunk to it.
  virtual bool crops() const = 0;

  /// Draws all that the loss leaves to chance, for the whole batch, and keeps the batch's rows.
  virtual Lesson prepared(const Batch& batch, const Phase& phase,
                          torch::Generator& generator) const = 0;
  /// What the network makes of the lesson's noisy pictures. [B, 3, H, W]
  virtual Tensor predicted(const Lesson& lesson) = 0;
  /// What it should make of them where the lesson has no target: the clean pictures.
  virtual Tensor truth(const Lesson& lesson) const { return lesson.batch.pixels; }
  /// How far the one is from the other, for each picture: diffusion::velocity_loss. [B]
  virtual Tensor distance(const Tensor& predicted, const Tensor& target,
                          const Lesson& lesson) const;
  /// The mean over the lesson's pictures of what separates the predicted ones from the target.
  virtual Tensor loss(const Lesson& lesson);
  /// Whether its sheets show held-out pictures, and not prompts.
  virtual bool previews_held_out() const { return false; }
  /// What the network as it is can do, seeds 0, 1, 2 ...
  virtual Sheet preview(const PreviewInput& input, const Phase& phase) = 0;
};

/// What `config.stage` names, on the CPU.
std::unique_ptr<Objective> make_objective(const TrainConfig& config);

}  // namespace imagine::train
