#include "bench/pipeline.h"

#include <torch/utils.h>

#include "core/check.h"
#include "imagine/pipeline.h"
#include "nn/dtype.h"

namespace imagine::bench {

Timing time_pipeline(const PipelineBenchOptions& options) {
  auto pipeline = Pipeline::open(options.model, {.dtype = options.dtype});
  const Request request{.prompt = options.prompt, .size = options.size, .steps = options.steps};
  const auto dtype = nn::compute_dtype(options.dtype, torch::kCPU);
  auto timing_options = options.timing;
  timing_options.unmeasured = 1;
  Picture last;
  auto timing = measured([&] { last = std::move(pipeline.generate(request).front()); }, dtype,
                         timing_options);
  timing.what = concat(options.model.filename().string(), ", ", last.image.width, " pixels");
  return timing;
}

}  // namespace imagine::bench
