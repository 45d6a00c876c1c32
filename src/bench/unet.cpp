#include "bench/unet.h"

#include <torch/utils.h>

#include "bench/random_weights.h"
#include "core/range.h"
#include "io/json_file.h"
#include "models/deepfloyd_if/network.h"
#include "models/evaluation.h"
#include "tensor/dtype.h"

namespace imagine::bench {
namespace {

constexpr std::int64_t kTokens = 77;

}  // namespace

std::vector<Timing> time_unet(const std::filesystem::path& path, const UnetOptions& options) {
  const torch::NoGradGuard no_grad;
  const auto config = models::if_unet_config_of(io::read_python_json(path), path.string());
  const auto size = options.size > 0 ? options.size : config.size;
  check_range("batch", options.batch, 1, 64);
  check_range("size", size, config.multiple(), 4096);
  check<InputError>(size % config.multiple() == 0, "size: expected a multiple of ",
                    config.multiple(), ", got ", size);
  const auto dtype = tensor::compute_dtype(options.dtype, torch::kCPU);
  torch::manual_seed(1);
  models::IfUnet network(config);
  fill_with_random(*network, dtype);
  nn::pack(*network);
  const auto states = torch::randn({options.batch, kTokens, config.encoder_width}).to(dtype);
  auto reading = measured([&] { network->read(states); }, dtype, options.timing);
  const auto evaluated =
      models::network_of(network, diffusion::Target::noise, {.dtype = dtype}, /*packed=*/true);
  std::vector<models::Row> rows;
  for (std::int64_t i = 0; i < options.batch; ++i) {
    const TextEmbedding text{.states = states.narrow(0, i, 1), .mask = {}};
    rows.push_back({.noisy = torch::randn({1, 3, size, size}),
                    .level = {.alpha = 0.6, .sigma = 0.8, .time = 500},
                    .text = evaluated->encode_text(text, {}),
                    .low_noise = 250});
    if (config.in_channels == 6) rows.back().low = torch::randn({1, 3, size, size});
  }
  tensor::Cores cores;
  auto evaluation =
      measured([&] { models::evaluated(*evaluated, rows, cores); }, dtype, options.timing);
  reading.what = path.filename().string() + " text";
  evaluation.what = path.filename().string();
  return {reading, evaluation};
}

}  // namespace imagine::bench
