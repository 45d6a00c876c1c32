/// A file of weights: its header, and every byte that a view of it reaches.
#include "io/safetensors.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <unistd.h>

#include "imagine/error.h"
#include "io/weight_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto path = std::filesystem::temp_directory_path() /
                           ("fuzz-" + std::to_string(::getpid()) + ".safetensors");
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), std::streamsize(size));
  try {
    const imagine::io::SafetensorsFile file(path);
    std::size_t sum = 0;
    for (const auto& [name, view] : file.tensors()) {
      for (const auto byte : view.bytes) sum += std::size_t(byte);
    }
    const volatile auto used = sum + imagine::io::WeightFiles(file).fingerprint();
    (void)used;
  } catch (const imagine::Error&) {
  }
  return 0;
}
