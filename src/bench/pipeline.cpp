#include "bench/pipeline.h"

#include <torch/utils.h>

#include "core/check.h"
#include "tensor/dtype.h"

namespace imagine::bench {

Timing time_pipeline(const PipelineBenchOptions& options) {
  const auto model = Model::open(options.model);
  Engine engine({.dtype = options.dtype});
  const Request request{.prompt = options.prompt, .size = options.size, .stages = options.stages};
  const auto dtype = tensor::compute_dtype(options.dtype, torch::kCPU);
  auto timing_options = options.timing;
  timing_options.unmeasured = 1;
  Picture last;
  auto timing = measured([&] { last = std::move(engine.draw(model, request).front()); }, dtype,
                         timing_options);
  timing.what = concat(options.model.filename().string(), ", ", last.image.width, " pixels");
  return timing;
}

}  // namespace imagine::bench
