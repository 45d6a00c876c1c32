/// What the fuzz targets begin with goes through each of them whole and cut: so they compile and
/// run with every change, without a fuzzer.
#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "io/file.h"

extern "C" {
// NOLINTBEGIN(readability-identifier-naming): CMakeLists.txt renames each target's entry so.
int fuzz_configs(const std::uint8_t* data, std::size_t size);
int fuzz_gguf(const std::uint8_t* data, std::size_t size);
int fuzz_http(const std::uint8_t* data, std::size_t size);
int fuzz_hub(const std::uint8_t* data, std::size_t size);
int fuzz_icc(const std::uint8_t* data, std::size_t size);
int fuzz_images(const std::uint8_t* data, std::size_t size);
int fuzz_lora(const std::uint8_t* data, std::size_t size);
int fuzz_prompts(const std::uint8_t* data, std::size_t size);
int fuzz_recipes(const std::uint8_t* data, std::size_t size);
int fuzz_safetensors(const std::uint8_t* data, std::size_t size);
int fuzz_tar(const std::uint8_t* data, std::size_t size);
int fuzz_tokenizer_json(const std::uint8_t* data, std::size_t size);
// NOLINTEND(readability-identifier-naming)
}

namespace imagine {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargest = 1 << 20;  // bytes: the others say no more

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
  const char* folder;  // of tests/
};

std::ostream& operator<<(std::ostream& out, const Target& target) { return out << target.name; }

class FuzzSeeds : public testing::TestWithParam<Target> {};

TEST_P(FuzzSeeds, EndInAResultOrAnError) {
  const auto folder = fs::path(IMAGINE_SOURCE_DIR) / "tests" / GetParam().folder;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.file_size() > kLargest) continue;
    if (entry.file_size() == 0) continue;
    const auto bytes = io::read_file(entry.path());
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    for (const auto size : {bytes.size(), bytes.size() - 1, bytes.size() / 2, std::size_t(0)}) {
      EXPECT_EQ(GetParam().run(data, size), 0) << entry.path() << " to byte " << size;
    }
    ++files;
  }
  EXPECT_GT(files, 0);
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzSeeds,
                         testing::Values(Target{"configs", fuzz_configs, "data/tiny-if"},
                                         Target{"gguf", fuzz_gguf, "data/t5-weights"},
                                         Target{"http", fuzz_http, "fuzz/seeds/http"},
                                         Target{"hub", fuzz_hub, "fuzz/seeds/hub"},
                                         Target{"icc", fuzz_icc, "fuzz/seeds/icc"},
                                         Target{"images", fuzz_images, "data/pictures"},
                                         Target{"lora", fuzz_lora, "data/tiny-if-loras"},
                                         Target{"prompts", fuzz_prompts, "fuzz/seeds/prompts"},
                                         Target{"recipes", fuzz_recipes, "data/tiny-if"},
                                         Target{"safetensors", fuzz_safetensors, "data/t5-weights"},
                                         Target{"tar", fuzz_tar, "data/tars"},
                                         Target{"tokenizer_json", fuzz_tokenizer_json,
                                                "fuzz/seeds/tokenizer_json"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace imagine
