#include "bench/unet.h"

#include <torch/utils.h>

#include "bench/random_weights.h"
#include "core/range.h"
#include "denoiser/if_unet.h"
#include "io/json_file.h"
#include "nn/cores.h"
#include "nn/dtype.h"

namespace imagine::bench {
namespace {

constexpr std::int64_t kTokens = 77;

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
  fill_with_random(*network, dtype);
  nn::pack(*network);
  const auto noisy = torch::randn({options.batch, config.in_channels, size, size}).to(dtype);
  const auto states = torch::randn({options.batch, kTokens, config.encoder_width}).to(dtype);
  const denoiser::IfTold told{.time = torch::full({options.batch}, 500.0F),
                              .noise_level = torch::full({options.batch}, 250.0F)};
  auto text = network->read(states);
  auto reading = measured([&] { text = network->read(states); }, dtype, options.timing);
  const auto compute = [&](std::int64_t begin, std::int64_t count) {
    return network(noisy.narrow(0, begin, count), told.rows(begin, count), text.rows(begin, count));
  };
  auto evaluation = measured([&] { nn::computed_in_parts(options.batch, torch::kCPU, compute); },
                             dtype, options.timing);
  reading.what = path.filename().string() + " text";
  evaluation.what = path.filename().string();
  return {reading, evaluation};
}

}  // namespace imagine::bench
