/// A GGUF: its metadata, its tensors, and every byte that a view of them reaches.
#include "io/gguf.h"

#include <cstddef>
#include <cstdint>

#include "imagine/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto content = imagine::io::parse_gguf(std::as_bytes(std::span(data, size)), "f");
    std::size_t sum = content.metadata.dump().size();
    for (const auto& [name, view] : content.tensors) {
      sum += imagine::io::type_name(view).size();
      for (const auto byte : view.bytes) sum += std::size_t(byte);
    }
    const volatile auto used = sum;
    (void)used;
  } catch (const imagine::Error&) {
  }
  return 0;
}
