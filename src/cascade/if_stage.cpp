#include "cascade/if_stage.h"

#include <cmath>
#include <unistd.h>

#include <torch/utils.h>

#include "cascade/loras.h"
#include "cascade/noise.h"
#include "core/number.h"
#include "core/place.h"
#include "denoiser/if_unet.h"
#include "diffusion/guidance.h"
#include "diffusion/inpainting.h"
#include "diffusion/scheduler_config.h"
#include "io/json_file.h"
#include "nn/cores.h"
#include "nn/text_batch.h"
#include "nn/weights.h"

namespace imagine::cascade {
namespace {

using denoiser::IfText;
using denoiser::IfUnet;
using diffusion::Denoiser;
using diffusion::NoiseLevel;
using diffusion::Prediction;
using diffusion::Schedule;
using diffusion::SchedulerConfig;

/// All that the folder says without its weights.
struct IfFolder {
  io::fs::path path;
  denoiser::IfUnetConfig unet;
  SchedulerConfig scheduler;
  diffusion::BetaSchedule augmentation;  // of the noise on what is enlarged
};

/// Networks up to this part of the memory get a packed copy of their weights, which stay mapped.
constexpr std::uint64_t kPackedShare = 6;

/// What diffusers writes before the names of a U-Net's low-rank changes.
constexpr const char* kLoraPrefix = "unet.";

std::uint64_t physical_memory() {
  return std::uint64_t(sysconf(_SC_PHYS_PAGES)) * std::uint64_t(sysconf(_SC_PAGESIZE));
}

SchedulerConfig scheduler_in(const io::fs::path& folder) {
  const auto path = folder / "scheduler_config.json";
  return diffusion::scheduler_config_of(io::read_python_json(path), path.string());
}

IfFolder read_folder(const io::fs::path& folder) {
  const auto config = folder / "unet" / "config.json";
  IfFolder read{.path = folder,
                .unet = denoiser::if_unet_config_of(io::read_python_json(config), config.string()),
                .scheduler = scheduler_in(folder / "scheduler"),
                .augmentation = {}};
  check<ConfigError>(read.unet.size % read.unet.multiple() == 0, config.string(),
                     ": sample_size: expected a multiple of ", read.unet.multiple(), ", got ",
                     read.unet.size);
  const bool enlarges = read.unet.in_channels == 6;
  check<ConfigError>(enlarges == read.unet.told_noise_level, config.string(),
                     ": class_embed_type: expected timestep where in_channels is 6, and null ",
                     "where it is 3, got in_channels ", read.unet.in_channels);
  if (enlarges) read.augmentation = scheduler_in(folder / "image_noising_scheduler").betas;
  return read;
}

diffusion::Steps steps_of(const std::string& text) {
  if (const auto number = whole_number(text)) return *number;
  return text;
}

SchedulerConfig scheduler_for(const IfFolder& folder, const StageRecipe& recipe) {
  const bool as_published = recipe.sampler == diffusion::name_of(folder.scheduler.sampler);
  return as_published ? folder.scheduler
                      : diffusion::with_sampler(folder.scheduler, recipe.sampler);
}

/// How many of a schedule's steps an edit of this strength takes (diffusers' get_timesteps).
int64_t steps_left(int64_t steps, double strength) {
  return std::min(int64_t(double(steps) * strength), steps);
}

/// What diffusers' pipelines of this kind of drawing take where they are not told.
StageRecipe defaults(bool second, Drawing drawing) {
  switch (drawing) {
    case Drawing::whole:
      return {.steps = second ? "50" : "100", .guidance = second ? 4.0 : 7.0};
    case Drawing::variation:
      return {.steps = second ? "50" : "80",
              .guidance = second ? 4.0 : 10.0,
              .strength = second ? 0.8 : 0.7};
    case Drawing::part:
      break;
  }
  return {.steps = second ? "100" : "50",
          .guidance = second ? 4.0 : 7.0,
          .strength = second ? 0.8 : 1.0,
          .kept = kClean};
}

TextEmbedding in_type(const TextEmbedding& text, const Placement& placement) {
  const auto moved = nn::to_device(text, placement.device);
  return {.states = moved.states.to(placement.dtype), .mask = moved.mask};
}

class IfStage : public Stage {
 public:
  /// `packed`: the network's weights are, or will be as it is used.
  IfStage(IfFolder folder, IfUnet network, const Placement& placement, bool packed)
      : folder_(std::move(folder)),
        network_(std::move(network)),
        placement_(placement),
        packed_(packed) {}

  Tensor draw(const StageTask& task) override {
    const torch::NoGradGuard no_grad;
    const auto config = scheduler_for(folder_, task.settings);
    const Schedule schedule(config.betas);
    PictureNoise random(task.seeds);
    const auto extent = extent_of(task);
    const auto noise = random.draw(extent.height, extent.width).to(placement_.device);
    diffusion::SolverInput input{.schedule = diffusion::sampling_schedule_of(
                                     config, schedule, steps_of(task.settings.steps)),
                                 .noisy = {}};
    if (task.edited) {
      begin_edit(task, noise, input);
    } else {
      input.noisy = noise * input.schedule.start_scale;
    }
    const auto low = enlarged(task, extent, random);
    const auto predict = guided(task, config.target, low);
    const Denoiser denoise = [&](const Tensor& noisy, NoiseLevel level) {
      return diffusion::bounded(predict(noisy, level), config);
    };
    input.noise = [&](const Tensor& like) {
      return random.draw(like.size(2), like.size(3)).to(like.options());
    };
    return diffusion::sample(config.sampler, std::move(input), denoise, task.on_step);
  }

 private:
  Extent extent_of(const StageTask& task) const {
    const auto& shown = task.edited ? task.edited->picture : task.coarse;
    if (!shown.defined()) return extent_of_ratio(task.ratio, folder_.unet.size);
    return fitted_extent({.width = shown.size(3), .height = shown.size(2)}, folder_.unet.size);
  }

  /// Where an edit begins, and what of the schedule is left; what stays is put back after every
  /// step. As in diffusers' pipelines, the noise of the first level is added to the picture even at
  /// full strength.
  void begin_edit(const StageTask& task, const Tensor& noise, diffusion::SolverInput& input) const {
    auto& steps = input.schedule.steps;
    const auto left = steps_left(std::ssize(steps), task.settings.strength);
    input.schedule.skipped = std::ssize(steps) - left;
    steps.erase(steps.begin(), steps.end() - left);
    const auto level = steps.front().from;
    const auto picture = task.edited->picture.to(placement_.device);
    input.noisy = level.alpha * picture + level.sigma * noise;
    if (!task.edited->mask.defined()) return;
    const diffusion::Inpainting inpainting{
        .picture = picture,
        .mask = task.edited->mask.to(placement_.device),
        .noise = task.settings.kept == kNoised ? noise : Tensor()};
    input.noisy = diffusion::with_known_region(inpainting, input.noisy, level);
    input.after_step = diffusion::keeping_known_region(inpainting);
  }

  /// The stage before's pictures at this size with noise on them; undefined for a first stage.
  Tensor enlarged(const StageTask& task, Extent extent, PictureNoise& random) const {
    if (folder_.unet.in_channels == 3) return {};
    const auto level = Schedule(folder_.augmentation).level(int64_t(task.settings.noise_level));
    const auto large = at::upsample_bilinear2d(task.coarse.to(placement_.device).clamp(-1, 1),
                                               {extent.height, extent.width},
                                               /*align_corners=*/true);
    const auto noise = random.draw(extent.height, extent.width).to(placement_.device);
    return level.alpha * large + level.sigma * noise;
  }

  Denoiser guided(const StageTask& task, diffusion::Target target, const Tensor& low) {
    const auto count = std::ssize(task.seeds);
    const bool pulls = task.settings.guidance > 1 && task.prompts.negative;
    const auto told = in_type(task.prompts.text, placement_);
    const auto text = pulls ? nn::joined(told, in_type(*task.prompts.negative, placement_)) : told;
    const auto read = network_->read(text.states);
    const auto noise_level = low.defined() ? task.settings.noise_level : 0;
    const diffusion::GuidanceOptions guidance{.scale = std::max(task.settings.guidance, 1.0)};
    const auto with = [=](const IfText& words) { return Given{target, low, noise_level, words}; };
    const auto pair = with(read), alone = with(read.rows(0, count));
    return [=, this](const Tensor& noisy, NoiseLevel level) {
      if (!guidance.guides(level)) return predict(noisy, level, alone);
      const auto predicted = predict(torch::cat({noisy, noisy}), level, pair);
      return diffusion::guided(predicted.rows(0, count), predicted.rows(count, count),
                               guidance.scale);
    };
  }

  struct Given {
    diffusion::Target target;
    Tensor low;
    double noise_level;
    IfText words;
  };

  /// noisy [B, 3, H, W], where B is the count of pictures or twice that.
  Prediction predict(const Tensor& noisy, NoiseLevel level, const Given& given) const {
    auto network = network_;  // a const holder cannot be called, its copy can
    auto input = noisy;
    if (given.low.defined()) {
      const auto times = noisy.size(0) / given.low.size(0);
      input = torch::cat({noisy, given.low.repeat({times, 1, 1, 1})}, 1);  // [B, 6, H, W]
    }
    const auto rows = torch::full({noisy.size(0)}, level.time, noisy.options());
    const denoiser::IfTold told{.time = rows,
                                .noise_level = torch::full_like(rows, given.noise_level)};
    input = input.to(placement_.dtype);
    const auto compute = [&](int64_t begin, int64_t count) {
      return network(input.narrow(0, begin, count), told.rows(begin, count),
                     given.words.rows(begin, count));
    };
    // Weights that are not packed would be converted for each part.
    const auto output = (packed_ ? nn::computed_in_parts(input.size(0), placement_.device, compute)
                                 : compute(0, input.size(0)))
                            .to(torch::kFloat);
    auto prediction = diffusion::prediction_of(given.target, output.narrow(1, 0, 3), noisy, level);
    if (output.size(1) == 6) prediction.variance = output.narrow(1, 3, 3);
    return prediction;
  }

  IfFolder folder_;
  IfUnet network_;
  Placement placement_;
  bool packed_;
};

class IfStagePlan : public StagePlan {
 public:
  explicit IfStagePlan(IfFolder folder) : folder_(std::move(folder)) {}

  int size() const override { return int(folder_.unet.size); }
  bool enlarges() const override { return folder_.unet.in_channels == 6; }
  bool edits_any_shape() const override { return true; }
  Extent enlarged(Extent coarse) const override { return fitted_extent(coarse, size()); }
  Extent edited(Extent picture, Extent) const override { return fitted_extent(picture, size()); }

  std::uint64_t bytes() const override { return weights().bytes(); }

  StageRecipe settled(const StageWishes& wishes) const override {
    const bool second = enlarges();
    auto recipe = defaults(second, wishes.drawing);
    recipe.size = size();
    recipe.steps = wishes.steps.value_or(recipe.steps);
    recipe.sampler = wishes.sampler.value_or(diffusion::name_of(folder_.scheduler.sampler));
    recipe.guidance = wishes.guidance.value_or(recipe.guidance);
    if (wishes.drawing != Drawing::whole) {
      recipe.strength = wishes.strength.value_or(recipe.strength);
    }
    if (wishes.drawing == Drawing::part) recipe.kept = wishes.kept.value_or(recipe.kept);
    if (second) {
      const double published = wishes.drawing == Drawing::part ? 0 : 250;
      recipe.noise_level = wishes.noise_level.value_or(published);
    }
    const auto most = double(folder_.augmentation.timesteps - 1);
    check<InputError>(0 <= recipe.guidance && recipe.guidance <= 100,
                      "guidance: expected 0 to 100, got ", recipe.guidance);
    check<InputError>(!second || (0 <= recipe.noise_level && recipe.noise_level <= most &&
                                  recipe.noise_level == std::floor(recipe.noise_level)),
                      "noise_level: expected a whole number from 0 to ", most, ", got ",
                      recipe.noise_level);
    at_place<InputError>("", [&] {
      const auto config = scheduler_for(folder_, recipe);
      const auto sampling =
          diffusion::sampling_schedule_of(config, Schedule(config.betas), steps_of(recipe.steps));
      const auto steps = std::ssize(sampling.steps);
      check<InputError>(steps_left(steps, recipe.strength) > 0, "strength: expected at least ",
                        1.0 / double(steps), " for ", steps, " steps, got ", recipe.strength);
    });
    return recipe;
  }

  std::unique_ptr<Stage> load(const Placement& placement,
                              const std::vector<LoraUse>& loras) const override {
    IfUnet network(folder_.unet);
    nn::load_weights(*network, weights(), {.dtype = std::nullopt, .mapped = true});
    add_loras(*network, loras, kLoraPrefix);
    network->to(placement.device);
    network->eval();
    const bool packed = placement.device.is_cpu() && bytes() < physical_memory() / kPackedShare;
    if (packed) nn::pack(*network, /*mapped=*/true);
    return std::make_unique<IfStage>(folder_, network, placement, packed);
  }

 private:
  io::WeightFiles weights() const {
    return io::WeightFiles::find(folder_.path / "unet", "diffusion_pytorch_model");
  }

  IfFolder folder_;
};

}  // namespace

std::unique_ptr<StagePlan> if_stage(const io::fs::path& folder) {
  return std::make_unique<IfStagePlan>(read_folder(folder));
}

}  // namespace imagine::cascade
