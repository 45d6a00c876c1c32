#include "bench/mmjit.h"

#include <torch/utils.h>

#include "core/range.h"
#include "models/evaluation.h"
#include "models/minit2i/layout.h"
#include "models/minit2i/stage.h"
#include "tensor/dtype.h"

namespace imagine::bench {

Timing time_mmjit(const std::filesystem::path& folder, const MmJitOptions& options) {
  const torch::NoGradGuard no_grad;
  check_range("batch", options.batch, 1, 64);
  const bool int8 = options.dtype == "int8";
  const models::Placement placement{
      .dtype = tensor::compute_dtype(int8 ? "auto" : options.dtype, torch::kCPU), .int8 = int8};
  const auto config = models::minit2i_config(folder);
  const auto spec = models::minit2i_stage(folder);
  const auto network = spec->load({}, placement, {});
  torch::manual_seed(1);
  const TextEmbedding text{.states = torch::randn({1, config.prompt_length, config.txt_input_size}),
                           .mask = torch::ones({1, config.prompt_length}, torch::kBool)};
  const auto read = network->encode_text(text, {.settings = spec->resolved({}, {})});
  std::vector<models::Row> rows;
  for (std::int64_t i = 0; i < options.batch; ++i) {
    rows.push_back({.noisy = torch::randn({1, 3, config.image_size, config.image_size}),
                    .level = {.alpha = 0.5, .sigma = 1, .time = 500},
                    .text = read});
  }
  tensor::Cores cores;
  auto timing =
      measured([&] { models::evaluated(*network, rows, cores); }, options.dtype, options.timing);
  timing.what = folder.filename().string();
  return timing;
}

}  // namespace imagine::bench
