/// JSON: ours, Python's, and the configuration of a published network.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <unistd.h>

#include "attempt.h"
#include "core/request_json.h"
#include "imagine/recipe.h"
#include "io/json_file.h"
#include "models/deepfloyd_if/if_unet_config.h"
#include "models/imagine/hybrid_config.h"
#include "models/minit2i/mmjit_config.h"

using imagine::from_json;

using imagine::attempt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto path =
      std::filesystem::temp_directory_path() / ("fuzz-" + std::to_string(::getpid()) + ".json");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] { from_json<imagine::Recipe>(imagine::io::parse_json(text, "f"), "f"); });
  attempt(
      [&] { from_json<imagine::models::HybridConfig>(imagine::io::parse_json(text, "f"), "f"); });
  attempt([&] {
    imagine::models::mmjit_config_of(imagine::io::parse_json(text, "f"), "f").validate();
  });
  std::ofstream(path, std::ios::binary) << text;
  attempt([&] { imagine::models::if_unet_config_of(imagine::io::read_python_json(path), "f"); });
  return 0;
}
