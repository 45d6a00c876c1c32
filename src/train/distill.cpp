#include "train/distill.h"

#include "core/check.h"
#include "data/shard.h"
#include "io/json_file.h"
#include "io/safetensors.h"
#include "io/sibling_folder.h"
#include "models/imagine/model_file.h"
#include "models/minit2i/layout.h"
#include "models/minit2i/stage.h"
#include "models/quantize.h"
#include "nn/tensor_file.h"
#include "train/model_training.h"

namespace imagine::train {
namespace {

constexpr const char* kQuick = "quick";

/// Whether the teacher is the model's quick network: where each new step is to do what so many of
/// its own do.
bool quick_teaches(const models::StageEntry& base, const DistillOptions& options) {
  return base.distilled.exists() &&
         base.distilled.sampling.steps == options.steps * options.substeps;
}

/// One folder that `imagine dataset` filled is read as that, all else as anybody's.
void set_pictures(const StreamConfig& stream, TrainConfig& config) {
  const auto prefix = concat("train-", config.shard_size, '-');
  if (stream.shards.size() == 1 && !data::find_shards(stream.shards[0], prefix).empty()) {
    config.shards = stream.shards[0];
  } else {
    config.stream = stream;
  }
}

/// `config` goes on from the weights that teach.
TrainConfig distillation_of(TrainConfig config, const DistillOptions& options) {
  config.out = options.run;
  set_pictures(options.stream, config);
  config.device = options.device;
  config.distillation = {
      .teacher = config.start_from, .steps = options.steps, .substeps = options.substeps};
  config.phases = {{.views = options.views,
                    .resolution = config.shard_size,
                    .batch = options.batch,
                    .learning_rate = options.learning_rate,
                    .final_learning_rate = 0}};
  config.optimizer.kind = "muon";
  config.warm_up = 50;
  return config;
}

TrainConfig config_of(const io::fs::path& folder, const models::ModelFile& model,
                      const DistillOptions& options) {
  const auto& base = model.stages.front();
  const bool quick = quick_teaches(base, options);
  const auto& sampling = quick ? base.distilled.sampling : base.sampling;
  auto config = distillation_of(training_of_base(folder, model, quick), options);
  config.stage = "distillation";
  config.distillation.guidance = sampling.guidance;
  config.distillation.first_step = sampling.first_step;
  config.validate();
  return config;
}

/// Of a MiniT2I.
TrainConfig config_of(const io::fs::path& folder, const DistillOptions& options) {
  auto config = distillation_of(training_of_minit2i(folder), options);
  config.stage = "minit2i_distillation";
  config.distillation.guidance = models::minit2i_stage(folder)->resolved({}, {}).guidance;
  const auto schedule = models::minit2i_schedule(folder, config.minit2i);
  const auto steps = options.steps * options.substeps;
  check<ConfigError>(!schedule.distilled || schedule.num_inference_steps == steps,
                     "steps: expected steps times substeps to be the ",
                     schedule.num_inference_steps, " steps in which ", folder.string(),
                     " draws, got ", steps);
  config.validate();
  return config;
}

/// Which appears whole or not at all.
void write_minit2i_model(const io::fs::path& folder, const DistillOptions& options) {
  const io::SiblingFolder complete(options.out, "distill");
  models::write_minit2i(io::fs::path(options.run) / "stage", complete.path(),
                        {.num_inference_steps = options.steps, .distilled = true});
  const auto encoder = models::minit2i_text_encoder(folder, models::minit2i_config(folder));
  copy_text_encoder(encoder, complete.path() / "text_encoder");
  io::rename_folder(complete.path(), options.out);
}

/// The trained network in half the size.
void write_quick(const io::fs::path& stage, const io::fs::path& to) {
  io::fs::create_directory(to);
  io::write_file(to / "config.json", io::read_file(stage / "config.json"));
  const io::SafetensorsFile trained(stage / "model.safetensors");
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, view] : trained.tensors()) tensors[name] = nn::tensor_of(trained, name);
  nn::save_tensors(models::with_bytes(tensors), to / "model.safetensors");
}

/// The model with a quick network, which appears whole or not at all.
void write_model(const io::fs::path& folder, models::ModelFile model,
                 const DistillOptions& options) {
  const io::fs::path out = options.out;
  const io::SiblingFolder complete(out, "distill");
  copy_text_encoder(folder / model.text_encoder, complete.path() / model.text_encoder);
  for (const auto& stage : model.stages) {
    const auto place = complete.path() / stage.folder;
    if (!io::fs::exists(place)) io::copy_folder(folder / stage.folder, place);
  }
  if (const auto captions = folder / "captions.txt"; io::fs::exists(captions)) {
    io::write_file(complete.path() / "captions.txt", io::read_file(captions));
  }
  auto& base = model.stages.front();
  write_quick(io::fs::path(options.run) / "stage", complete.path() / kQuick);
  base.distilled = {.folder = kQuick,
                    .teacher = models::fingerprint_of(folder / base.folder),
                    .sampling = {.sampler = SamplerName::euler,
                                 .steps = options.steps,
                                 .guidance = 1,
                                 .first_step = base.sampling.first_step}};
  io::write_json(complete.path() / "model.json", to_json(model));
  io::rename_folder(complete.path(), out);
}

}  // namespace

void distill(const io::fs::path& folder, const DistillOptions& options,
             const OnProgress& on_progress) {
  check<InputError>(!io::fs::exists(options.out), options.out,
                    ": expected a folder that is not there yet");
  if (models::is_minit2i_folder(folder)) {
    train(config_of(folder, options), on_progress);
    return write_minit2i_model(folder, options);
  }
  const auto model = models::read_model_file(folder);
  if (quick_teaches(model.stages.front(), options)) models::check_teacher(folder, model);
  train(config_of(folder, model, options), on_progress);
  write_model(folder, model, options);
}

}  // namespace imagine::train
