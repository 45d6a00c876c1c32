/// Pictures of all formats: pixels, size, and how a picture says it was made, by any program.
#include <cstddef>
#include <cstdint>

#include "imagine/error.h"
#include "io/image_file.h"
#include "recipes/foreign_recipe.h"

/// libheif 1.15 forgets 40 bytes of dav1d's for a broken AVIF.
extern "C" const char* __lsan_default_suppressions() { return "leak:libdav1d"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMostPixels = 1 << 16;  // larger ones are only slower
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& read :
       {+[](std::string_view b) {
          imagine::io::flatten(imagine::io::decode_image(b, "f", kMostPixels));
        },
        +[](std::string_view b) { imagine::io::image_extent(b, "f"); },
        +[](std::string_view b) {
          imagine::recipes::foreign_recipe_of(imagine::io::read_provenance(b, "f"));
        }}) {
    try {
      read(bytes);
    } catch (const imagine::Error&) {
    }
  }
  return 0;
}
