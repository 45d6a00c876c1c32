#include "models/imagine/family.h"

#include <algorithm>
#include <cstdint>

#include "core/check.h"
#include "models/imagine/stages.h"

namespace imagine::models {
namespace {

namespace fs = std::filesystem;

constexpr int kLargest = 1024;      // pixels that it goes on to
constexpr int kLargestOnce = 2048;  // where one enlargement leads beyond them

}  // namespace

bool is_imagine_folder(const fs::path& folder) { return fs::exists(folder / "model.json"); }

Cascade open_imagine(const fs::path& folder) {
  const auto file = read_model_file(folder);
  Cascade cascade{.name = file.name,
                  .licence = file.licence,
                  .default_size = file.default_size,
                  .text_rules = {{.text_encoder = folder / file.text_encoder}}};
  for (std::size_t i = 0; i < file.stages.size(); ++i) {
    cascade.add_stage(file.stages[i].enlarges() ? upscaler_stage(folder, file.stages[i])
                                                : base_stage(folder, file, i));
  }
  return cascade;
}

void add_upscaler(Cascade& cascade, const fs::path& folder) {
  const auto file = read_model_file(folder);
  auto entry = file.stages.back();
  check<ConfigError>(entry.enlarges(), folder.string(),
                     ": expected a model whose last stage enlarges, got ", entry.network);
  cascade.text_rules.push_back({.text_encoder = folder / file.text_encoder});
  const auto factor = upscaler_stage(folder, entry)->enlarged({.width = 1, .height = 1}).width;
  check<ConfigError>(factor > 1, folder.string(),
                     ": expected super-resolution that enlarges, got factor ", factor);
  const auto first = cascade.stages.back().spec->size() * factor;
  const auto largest = first <= kLargestOnce ? std::max<std::int64_t>(first, kLargest) : kLargest;
  for (auto size = first; size <= largest; size *= factor) {
    entry.size = int(size);
    cascade.add_stage(upscaler_stage(folder, entry));
  }
}

}  // namespace imagine::models
