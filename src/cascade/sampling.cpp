#include "cascade/sampling.h"

#include <torch/utils.h>

#include "cascade/noise.h"
#include "core/check.h"
#include "core/range.h"
#include "diffusion/flow.h"
#include "diffusion/guidance.h"
#include "diffusion/keep.h"
#include "diffusion/thresholding.h"
#include "nn/cores.h"
#include "nn/text_batch.h"

namespace imagine::cascade {
namespace {

using diffusion::Denoiser;
using diffusion::NoiseLevel;

Tensor times_of(const Tensor& noisy, NoiseLevel level) {
  return torch::full({noisy.size(0)}, level.time, noisy.options());
}

torch::Device device_of(const torch::nn::Module& network) {
  return network.parameters().front().device();
}

/// The network as a denoiser that follows the prompts, guided.
Denoiser guided(denoiser::Hybrid network, const Prompts& prompts, const Sampling& sampling) {
  const auto count = std::int64_t(sampling.seeds.size());
  const auto device = device_of(*network);
  const auto text = nn::to_device(prompts.text, device);
  const auto other = prompts.negative ? nn::to_device(*prompts.negative, device) : text;
  const auto both = nn::joined(text, other);
  const auto never = torch::zeros({count}, torch::dtype(torch::kBool).device(device));
  const auto untold = torch::cat({never, prompts.negative ? never : never.logical_not()});

  const auto with = [&](const denoiser::HybridText& read) -> Denoiser {
    return [network, read](const Tensor& noisy, NoiseLevel level) mutable {
      const auto t = times_of(noisy, level);
      const auto compute = [&](std::int64_t begin, std::int64_t count) {
        return network(noisy.narrow(0, begin, count), t.narrow(0, begin, count),
                       read.rows(begin, count));
      };
      return diffusion::Prediction{
          .clean = nn::computed_in_parts(noisy.size(0), noisy.device(), compute)};
    };
  };
  const auto told = with(network->read(text, never));
  const auto pair = [both = with(network->read(both, untold))](const Tensor& noisy,
                                                               NoiseLevel level) {
    return both(torch::cat({noisy, noisy}), level);
  };
  return diffusion::guided(pair, told,
                           {.scale = sampling.options.guidance,
                            .begin = sampling.options.guidance_begin,
                            .end = sampling.options.guidance_end});
}

diffusion::Method method_of(const SamplingOptions& options) {
  auto method = diffusion::method_named(options.sampler);
  check<ConfigError>(!method.karras && method.solver != diffusion::Solver::ddpm,
                     "sampler: expected dpm++, dpm++3m, unipc, heun or euler for a flow, got \"",
                     options.sampler, '"');
  method.straight = true;
  return method;
}

/// From `noise` at time 0, or from a point of the path to a picture, to a clean picture.
Tensor walk(Denoiser denoise, const Tensor& noise, const Sampling& sampling,
            const Beginning& beginning) {
  const auto& options = sampling.options;
  if (options.threshold > 0) denoise = diffusion::thresholded(denoise, options.threshold);
  const auto level = diffusion::flow_level(beginning.time);
  auto start = noise;
  if (level.alpha > 0) start = level.alpha * beginning.picture + level.sigma * noise;
  const double first_step = level.alpha > 0 ? 0 : options.first_step;
  const double shift = diffusion::shift_for(options.steps, first_step);
  diffusion::Walk walk{.path = diffusion::flow_path(options.steps, shift, beginning.time),
                       .on_step = sampling.on_step};
  if (const auto& kept = beginning.kept) {
    const diffusion::Keep keep{.picture = kept->picture.to(noise.device()),
                               .mask = kept->mask.to(noise.device()),
                               .noise = kept->renoised ? noise : Tensor()};
    start = diffusion::with_kept(keep, start, level);
    walk.after_step = diffusion::keeping(keep);
  }
  return diffusion::sample(method_of(options), denoise, start, walk);
}

}  // namespace

void SamplingOptions::validate() const {
  method_of(*this);
  check_range("steps", steps, 1, 1000);
  check_range("guidance", guidance, 0, 50);
  check_range("guidance_begin", guidance_begin, 0, 1);
  check_range("guidance_end", guidance_end, 0, 1);
  check_range("first_step", first_step, 0, 0.9);
  check_range("threshold", threshold, 0, 1);
  check_range("begin", begin, 0, 0.999);
  check_range("augmentation", augmentation, 0, 1);
}

Tensor draw(denoiser::Hybrid network, const Prompts& prompts, Extent extent,
            const Sampling& sampling, const Beginning& beginning) {
  torch::NoGradGuard no_grad;
  const auto noise =
      PictureNoise(sampling.seeds).draw(extent.height, extent.width).to(device_of(*network));
  auto from = beginning;
  if (from.picture.defined()) {
    from.picture = from.picture.to(noise.device()).clamp(-1, 1);
    if (from.picture.sizes().slice(2) != noise.sizes().slice(2)) {
      from.picture = at::upsample_bicubic2d(from.picture, noise.sizes().slice(2),
                                            /*align_corners=*/false);
    }
  }
  return walk(guided(network, prompts, sampling), noise, sampling, from);
}

Tensor upscale(denoiser::Upscaler& network, const TextEmbedding& text, const Tensor& low,
               const Sampling& sampling, const std::optional<Kept>& kept) {
  torch::NoGradGuard no_grad;
  const double augmentation = sampling.options.augmentation;
  const auto device = device_of(network);
  const auto factor = network.factor();
  PictureNoise random(sampling.seeds);
  const auto noise = random.draw(low.size(2) * factor, low.size(3) * factor).to(device);
  const auto grain = random.draw(low.size(2), low.size(3)).to(device);
  const denoiser::LowResolution given{
      .pixels = low.to(device).clamp(-1, 1) + augmentation * grain,
      .augmentation = torch::full({low.size(0)}, augmentation, grain.options())};
  const auto words = nn::to_device(text, device);
  const Denoiser denoise = [&](const Tensor& noisy, NoiseLevel level) {
    return diffusion::Prediction{.clean =
                                     network.forward(noisy, times_of(noisy, level), given, words)};
  };
  return walk(denoise, network.start(given, noise), sampling, {.kept = kept});
}

}  // namespace imagine::cascade
