/// ICC profiles, and colours that they take to sRGB.
#include <array>
#include <cstddef>
#include <cstdint>

#include "io/color.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using imagine::io::Samples;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto profile = imagine::io::ColorProfile::of_icc(bytes);
  for (const auto samples : {Samples::rgba, Samples::rgba16, Samples::gray, Samples::gray16,
                             Samples::ink, Samples::inverse_ink}) {
    const imagine::io::ToSrgb way(profile, samples);
    if (!way) continue;
    const std::array<std::uint16_t, 12> from{0, 1, 257, 65535, 1, 9999, 40000, 7, 3, 5, 128, 1};
    std::array<std::uint8_t, 12> to{};
    way.convert(from.data(), to.data(), 3);
  }
  return 0;
}
