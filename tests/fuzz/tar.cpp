/// A shard of strangers: its index, each sample's members, what they say, and the same in one go.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <unistd.h>

#include "attempt.h"
#include "data/web_shard.h"
#include "imagine/error.h"

namespace {

namespace data = imagine::data;

using imagine::attempt;

void use(const data::WebSample& sample) {
  attempt([&] { data::captions_of(sample, "caption", "f"); });
  attempt([&] { data::picture_of(sample, "f"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto folder = std::filesystem::temp_directory_path();
  static const auto shard = folder / ("fuzz-" + std::to_string(::getpid()) + ".tar");
  static const auto cache = folder / ("fuzz-" + std::to_string(::getpid()) + ".index");
  std::ofstream(shard, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), std::streamsize(size));
  std::filesystem::remove(cache);
  attempt([&] {
    const data::WebIndex index({shard}, cache, [](auto, auto) { return true; });
    for (std::int64_t i = 0; i < index.count(0); ++i) {
      attempt([&] { use(index.read(0, i)); });
    }
  });
  attempt([&] { data::read_web_shard(shard, use); });
  return 0;
}
