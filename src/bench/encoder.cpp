#include "bench/encoder.h"

#include <optional>

#include <torch/utils.h>

#include "bench/random_weights.h"
#include "core/range.h"
#include "io/json_file.h"
#include "tensor/dtype.h"
#include "text/packed_t5.h"

namespace imagine::bench {
namespace {

text::T5Config config_of(const std::string& path) {
  if (!path.empty()) return text::t5_config_of(io::read_python_json(path), path);
  return {.d_model = 1024, .d_ff = 2816, .num_layers = 24, .num_heads = 16, .gated = true};
}

}  // namespace

Timing time_encoder(const EncoderOptions& options) {
  const torch::NoGradGuard no_grad;
  const auto config = config_of(options.config);
  check_range("batch", options.batch, 1, 64);
  check_range("tokens", options.tokens, 1, 1024);
  const bool bytes = options.dtype == "int8";
  check<ConfigError>(!bytes || nn::can_multiply_bytes(), "dtype: int8: expected a LibTorch and ",
                     "a processor (with VNNI) that multiply bytes, got others");
  const auto dtype = tensor::compute_dtype(bytes ? "auto" : options.dtype, torch::kCPU);
  torch::manual_seed(1);
  text::T5 network(config);
  fill_with_random(*network, dtype);
  const auto ids =
      torch::randint(config.vocab_size, {options.batch, options.tokens}, torch::kInt64);
  const auto mask = torch::ones({options.batch, options.tokens}, torch::kBool);
  const nn::Arithmetic arithmetic{.dtype = dtype, .bytes = bytes};
  std::optional<text::PackedT5> packed;
  if (text::gains_by_packing(arithmetic)) packed.emplace(network, arithmetic);
  const auto read = [&] {
    packed ? packed->forward({.ids = ids, .mask = mask}) : network(ids, mask, dtype);
  };
  auto timing = measured(read, options.dtype, options.timing);
  timing.what = options.config.empty() ? "t5-v1.1-large" : options.config;
  return timing;
}

}  // namespace imagine::bench
