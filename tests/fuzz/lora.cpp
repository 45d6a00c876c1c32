/// Low-rank changes: names of their tensors, and what the header's metadata says of their scale.
#include <cstddef>
#include <cstdint>
#include <span>

#include "attempt.h"
#include "imagine/error.h"
#include "io/safetensors.h"
#include "nn/lora_names.h"
#include "nn/lora_peft.h"

using imagine::nn::LoraNames;

namespace {

using imagine::attempt;

const LoraNames& names() {
  static const LoraNames names({.prefix = "unet.",
                                .layers = {"conv_in", "mid_block.attentions.0.to_q", "a.b_c",
                                           "a_b.c", "mid_block.attentions.0.to_out.0"}});
  return names;
}

/// The scales of a few layers, as a config in `text` says them.
void read_config(const std::string& text) {
  imagine::nn::peft_config_of_metadata(text, "unet.", "f")
      .scales({{"conv_in", 8}, {"mid_block.attentions.0.to_q", 4}, {"a.b_c", 1}});
}

void read_file(std::span<const std::byte> bytes) {
  const auto file = imagine::io::parse_safetensors(bytes, "f");
  for (const auto& tensor : file.tensors) {
    attempt([&] { names().parsed(tensor.first, "f: "); });
  }
  for (const auto& said : file.metadata) {
    attempt([&] { read_config(said.second); });
  }
}

}  // namespace

/// The input is a file, a name and a config at once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  attempt([&] { read_file(std::as_bytes(std::span(data, size))); });
  attempt([&] { names().parsed(text, "f: "); });
  attempt([&] { read_config(text); });
  return 0;
}
