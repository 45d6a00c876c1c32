#include "bench/train.h"

#include <torch/utils.h>

#include "core/range.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "train/crew.h"
#include "train/optimizer.h"

namespace imagine::bench {
namespace {

constexpr std::int64_t kWords = 32;

}  // namespace

Timing time_training(const TrainOptions& options) {
  check_range("batch", options.batch, 1, 4096);
  const auto config =
      options.config.empty() ? train::TrainConfig() : train::read_train_config(options.config);
  check<InputError>(config.stage == "base", options.config, ": stage: expected base, got ",
                    config.stage);
  const auto device = tensor::device_named("cpu");
  const auto dtype = tensor::compute_dtype(options.dtype, device);
  torch::manual_seed(1);
  const auto objective = train::make_objective(config);
  train::FlatParameters parameters(objective->trained(), dtype);
  train::Crew crew(config, *objective, parameters, at::get_num_threads());
  train::Optimizer optimizer(config.optimizer, parameters);
  const auto side = config.base.size;
  const train::Batch batch{
      .pixels = torch::rand({options.batch, 3, side, side}) * 2 - 1,
      .text = {.states = torch::randn({options.batch, kWords, config.base.text_width}),
               .mask = torch::ones({options.batch, kWords}, torch::kBool)}};
  auto generator = tensor::generator_on(device, 1);
  auto timing = measured(
      [&] {
        const auto lesson = objective->prepared(batch, config.phases.front(), generator);
        crew.learn(lesson, 1, side).item<double>();
        parameters.join_gradients();
        optimizer.step(1e-4);
      },
      dtype, options.timing);
  timing.what = concat("train ", side, ", batch ", options.batch);
  return timing;
}

}  // namespace imagine::bench
