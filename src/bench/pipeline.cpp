#include "bench/pipeline.h"

#include <torch/utils.h>

#include "core/check.h"
#include "io/image_file.h"

namespace imagine::bench {

Timing time_pipeline(const PipelineBenchOptions& options) {
  const auto model = Model::open(options.model);
  Engine engine({.dtype = options.dtype});
  const Request request{.prompt = options.prompt, .size = options.size, .stages = options.stages};
  auto timing_options = options.timing;
  timing_options.unmeasured = 1;
  Picture last;
  const auto draw = [&] {
    last = std::move(engine.draw(model, request).front());
    if (options.png) io::encode_image(last.image, ImageFormat::png, {});
  };
  auto timing = measured(draw, options.dtype, timing_options);
  timing.what = concat(options.model.filename().string(), ", ", last.image.width, " pixels");
  return timing;
}

}  // namespace imagine::bench
