#include "cascade/sampling.h"

#include <algorithm>
#include <span>

#include <torch/utils.h>

#include "cascade/noise.h"
#include "cascade/tiling.h"
#include "core/check.h"
#include "core/range.h"
#include "diffusion/flow.h"
#include "diffusion/guidance.h"
#include "diffusion/inpainting.h"
#include "diffusion/sampler.h"
#include "diffusion/thresholding.h"
#include "nn/cores.h"
#include "nn/text_batch.h"

namespace imagine::cascade {
namespace {

using diffusion::Denoiser;
using diffusion::NoiseLevel;
using diffusion::Prediction;

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

  auto predict = [network](const Tensor& noisy, NoiseLevel level,
                           const denoiser::HybridText& read) mutable {
    const auto t = times_of(noisy, level);
    const auto compute = [&](std::int64_t begin, std::int64_t count) {
      return network(noisy.narrow(0, begin, count), t.narrow(0, begin, count),
                     read.rows(begin, count));
    };
    return Prediction{.clean = nn::computed_in_parts(noisy.size(0), noisy.device(), compute)};
  };
  const diffusion::GuidanceOptions guidance{.scale = sampling.options.guidance,
                                            .begin = sampling.options.guidance_begin,
                                            .end = sampling.options.guidance_end};
  const auto told = network->read(text, never), pair = network->read(both, untold);
  return [=](const Tensor& noisy, NoiseLevel level) mutable {
    if (!guidance.guides(level)) return predict(noisy, level, told);
    const auto predicted = predict(torch::cat({noisy, noisy}), level, pair);
    return diffusion::guided(predicted.rows(0, count), predicted.rows(count, count),
                             guidance.scale);
  };
}

diffusion::Sampler sampler_of(const SamplingOptions& options) {
  auto sampler = diffusion::sampler_named(options.sampler);
  check<ConfigError>(!sampler.karras && sampler.algorithm != diffusion::Algorithm::ddpm,
                     "sampler: expected dpm++, dpm++3m, unipc, heun or euler for a flow, got \"",
                     options.sampler, '"');
  sampler.straight = true;
  return sampler;
}

/// From `noise` at time 0, or from a point of the path to a picture, to a clean picture.
Tensor walk(const Denoiser& network, const Tensor& noise, const Sampling& sampling,
            const Beginning& beginning) {
  const auto& options = sampling.options;
  const Denoiser denoise = [&](const Tensor& noisy, NoiseLevel level) {
    auto prediction = network(noisy, level);
    if (options.threshold == 0) return prediction;
    return diffusion::thresholded(std::move(prediction), options.threshold);
  };
  const auto level = diffusion::flow_level(beginning.time);
  const double first_step = level.alpha > 0 ? 0 : options.first_step;
  const double shift = diffusion::shift_for(options.steps, first_step);
  diffusion::SolverInput input{
      .schedule = diffusion::flow_schedule(options.steps, shift, beginning.time), .noisy = noise};
  if (level.alpha > 0) input.noisy = level.alpha * beginning.picture + level.sigma * noise;
  if (const auto& kept = beginning.kept) {
    const diffusion::Inpainting inpainting{.picture = kept->picture.to(noise.device()),
                                           .mask = kept->mask.to(noise.device()),
                                           .noise = kept->renoised ? noise : Tensor()};
    input.noisy = diffusion::with_known_region(inpainting, input.noisy, level);
    input.after_step = diffusion::keeping_known_region(inpainting);
  }
  return diffusion::sample(sampler_of(options), std::move(input), denoise, sampling.on_step);
}

constexpr int64_t kTile = 192;          // pixels of the low resolution: what fits caches
constexpr int64_t kLargestMargin = 64;  // pixels of it: many steps reach further, faintly
constexpr int64_t kTilesOnGpu = 4;      // at once

/// Pictures that are enlarged.
struct Enlarging {
  denoiser::Upscaler& network;
  denoiser::LowResolution low;
  TextEmbedding text;
  const Sampling& sampling;
  const std::optional<Kept>& kept;
};

/// Rows begin .. begin + count - 1.
TextEmbedding rows_of(const TextEmbedding& text, int64_t begin, int64_t count) {
  return {.states = text.states.narrow(0, begin, count), .mask = text.mask.narrow(0, begin, count)};
}

/// The pictures, from noise of their size.
Tensor enlarged(const Enlarging& work, const Tensor& noise) {
  auto& network = work.network;
  const auto device = device_of(network);
  const denoiser::LowResolution given{.pixels = work.low.pixels.to(device),
                                      .augmentation = work.low.augmentation.to(device)};
  const Denoiser denoise = [&](const Tensor& noisy, NoiseLevel level) {
    const auto t = times_of(noisy, level);
    const auto compute = [&](int64_t begin, int64_t count) {
      return network.forward(noisy.narrow(0, begin, count), t.narrow(0, begin, count),
                             {.pixels = given.pixels.narrow(0, begin, count),
                              .augmentation = given.augmentation.narrow(0, begin, count)},
                             rows_of(work.text, begin, count));
    };
    return Prediction{.clean = nn::computed_in_parts(noisy.size(0), device, compute)};
  };
  return walk(denoise, network.start(given, noise.to(device)), work.sampling, {.kept = work.kept});
}

/// How many pixels of the low resolution around a tile what is drawn in it depends on.
int64_t margin_of(const denoiser::Upscaler& network, const SamplingOptions& options) {
  const auto looks = options.steps * sampler_of(options).evaluations_per_step();
  return std::min(kLargestMargin, network.reach().value_or(0) * looks);
}

/// Tiles beside each other of one picture, each enlarged with its margin: [count, 3, H, W].
Tensor enlarged_tiles(const Enlarging& work, int64_t picture, const std::vector<Tensor>& low,
                      const std::vector<Tensor>& noise) {
  const auto count = std::ssize(low);
  const Enlarging tiles{
      .network = work.network,
      .low = {.pixels = torch::stack(low),
              .augmentation = work.low.augmentation.narrow(0, picture, 1).expand({count})},
      .text = nn::repeated(rows_of(work.text, picture, 1), count),
      .sampling = work.sampling,
      .kept = work.kept};
  return enlarged(tiles, torch::stack(noise));
}

/// The same in tiles whose margins hold all, or nearly all, that they depend on; some at once.
Tensor enlarged_in_tiles(const Enlarging& whole, PictureNoise::Rows& noise, int64_t margin) {
  const auto& low = whole.low.pixels;
  const auto factor = whole.network.factor(), pictures = low.size(0);
  const auto down = tiled(low.size(2), kTile, margin), across = tiled(low.size(3), kTile, margin);
  const auto device = device_of(whole.network);
  const auto at_once = device.is_cpu() ? int64_t(torch::get_num_threads()) : kTilesOnGpu;
  const auto columns = std::ssize(across.spans);
  const auto passes = std::ssize(down.spans) * pictures * ((columns + at_once - 1) / at_once);
  int64_t pass = 0;
  auto sampling = whole.sampling;
  sampling.on_step = [&](const diffusion::StepDone& step) {
    return !whole.sampling.on_step ||
           whole.sampling.on_step({.index = pass * step.count + step.index,
                                   .count = passes * step.count,
                                   .clean = step.clean});
  };
  const Enlarging work{whole.network, whole.low, whole.text, sampling, whole.kept};
  auto result = torch::empty({pictures, 3, low.size(2) * factor, low.size(3) * factor});
  const auto part = [&](const Tensor& from, int64_t y, int64_t x, Extent extent) {
    return from.narrow(1, y, extent.height).narrow(2, x, extent.width);
  };
  for (const auto& y : down.spans) {
    const auto band = noise.read(y.window * factor, (y.window + down.window) * factor);
    for (int64_t picture = 0; picture < pictures; ++picture) {
      for (int64_t first = 0; first < columns; first += at_once, ++pass) {
        const std::span<const TileSpan> row(&across.spans[std::size_t(first)],
                                            std::size_t(std::min(at_once, columns - first)));
        std::vector<Tensor> lows, noises;
        for (const auto& x : row) {
          lows.push_back(part(low[picture], y.window, x.window, {across.window, down.window}));
          noises.push_back(part(band[picture], 0, x.window * factor,
                                {across.window * factor, down.window * factor}));
        }
        const auto drawn = enlarged_tiles(work, picture, lows, noises).cpu();
        for (std::size_t i = 0; i < row.size(); ++i) {
          const auto& x = row[i];
          const Extent core{(x.end - x.begin) * factor, (y.end - y.begin) * factor};
          part(result[picture], y.begin * factor, x.begin * factor, core)
              .copy_(part(drawn[int64_t(i)], (y.begin - y.window) * factor,
                          (x.begin - x.window) * factor, core));
        }
      }
    }
  }
  return result;
}

}  // namespace

void SamplingOptions::validate() const {
  sampler_of(*this);
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
  const auto factor = network.factor(), rows = low.size(0);
  PictureNoise random(sampling.seeds);
  auto noise = random.rows(low.size(2) * factor, low.size(3) * factor);
  const auto grain = random.draw(low.size(2), low.size(3));
  const Enlarging work{
      .network = network,
      .low = {.pixels = low.cpu().clamp(-1, 1) + augmentation * grain,
              .augmentation = torch::full({rows}, augmentation)},
      .text = nn::to_device(rows == text.states.size(0) ? text : nn::repeated(text, rows), device),
      .sampling = sampling,
      .kept = kept};
  const auto margin = margin_of(network, sampling.options);
  const auto most = kTile + 2 * margin;
  if (!network.reach() || kept || std::max(low.size(2), low.size(3)) <= most) {
    return enlarged(work, noise.read(0, low.size(2) * factor));
  }
  return enlarged_in_tiles(work, noise, margin);
}

}  // namespace imagine::cascade
