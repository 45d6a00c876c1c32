#include "bench/unet.h"

#include <cmath>

#include <torch/utils.h>

#include "core/range.h"
#include "denoiser/if_unet.h"
#include "io/json_file.h"
#include "nn/dtype.h"

namespace imagine::bench {
namespace {

constexpr std::int64_t kTokens = 77;

/// Matrices that keep the size of what they multiply, norms that change nothing.
void fill(torch::nn::Module& network, torch::Dtype dtype) {
  for (auto parameter : network.parameters()) {
    const auto sizes = parameter.sizes().vec();
    auto values = parameter.dim() < 2
                      ? torch::ones(sizes)
                      : torch::randn(sizes) / std::sqrt(double(parameter.numel() / sizes[0]));
    parameter.set_data(values.to(dtype));
  }
}

}  // namespace

std::vector<Timing> time_unet(const std::filesystem::path& path, const UnetOptions& options) {
  const torch::NoGradGuard no_grad;
  const auto config = denoiser::if_unet_config_of(io::read_python_json(path), path.string());
  const auto size = options.size > 0 ? options.size : config.size;
  check_range("batch", options.batch, 1, 64);
  check_range("size", size, config.multiple(), 4096);
  check<InputError>(size % config.multiple() == 0, "size: expected a multiple of ",
                    config.multiple(), ", got ", size);
  const auto dtype = nn::compute_dtype(options.dtype, torch::kCPU);
  torch::manual_seed(1);
  denoiser::IfUnet network(config);
  fill(*network, dtype);
  nn::pack(*network);
  const auto noisy = torch::randn({options.batch, config.in_channels, size, size}).to(dtype);
  const auto states = torch::randn({options.batch, kTokens, config.encoder_width}).to(dtype);
  const denoiser::IfTold told{.time = torch::full({options.batch}, 500.0F),
                              .noise_level = torch::full({options.batch}, 250.0F)};
  auto text = network->read(states);
  auto reading = timed([&] { text = network->read(states); }, options.runs);
  auto evaluation = timed([&] { network(noisy, told, text); }, options.runs);
  reading.what = path.filename().string() + " text";
  evaluation.what = path.filename().string();
  reading.mode = evaluation.mode = nn::name_of(dtype);
  return {reading, evaluation};
}

}  // namespace imagine::bench
