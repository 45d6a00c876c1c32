#include "models/imagine/stage_entry.h"

#include "core/place.h"
#include "core/range.h"

namespace imagine::models {

std::uint64_t bytes_of(const io::fs::path& folder) {
  std::error_code missing;  // load() says so
  const auto size = io::fs::file_size(folder / "model.safetensors", missing);
  return missing ? 0 : size;
}

void check_room(double parameters, const io::fs::path& folder) {
  const auto bytes = bytes_of(folder);  // no way of storing takes less than one for a number
  check<FormatError>(parameters <= double(bytes), (folder / "config.json").string(),
                     ": expected a network that model.safetensors beside it holds, got one of at ",
                     "least ", parameters, " numbers and ", bytes, " bytes");
}

StageSettings usual_settings(const StageEntry& entry, const SamplingOptions& sampling) {
  return {.size = entry.size,
          .steps = sampling.steps,
          .sampler = sampling.sampler,
          .guidance = sampling.guidance,
          .noise_level = sampling.augmentation};
}

void check_settings(const StageEntry& entry, const StageSettings& settings) {
  at_place<InputError>("", [&] {
    check_range("noise_level", settings.noise_level, 0, 1);
    with_settings(entry.sampling, settings).validate();
  });
}

}  // namespace imagine::models
