#include "models/families.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "io/mistaken.h"
#include "models/deepfloyd_if/family.h"
#include "models/imagine/family.h"
#include "models/minit2i/family.h"

namespace imagine::models {
namespace {

namespace fs = std::filesystem;

/// The first that recognises a folder has it. The last takes what none does, to say what it lacks:
/// new ones go before it.
constexpr auto kFamilies = std::to_array<Family>({kImagine, kMiniT2i, kDeepFloydIf});

/// ConfigError naming the stage whose size is not what it makes of the one before.
void check_sizes(const Cascade& cascade) {
  for (std::size_t i = 1; i < cascade.stages.size(); ++i) {
    const auto& stage = *cascade.stages[i].spec;
    if (!stage.enlarges()) continue;
    const int before = cascade.stages[i - 1].spec->size();
    const auto made = stage.enlarged({.width = before, .height = before}).width;
    check<ConfigError>(made == stage.size(), cascade.name, ": stages[", i, "].size: expected ",
                       made, ", got ", stage.size());
  }
}

}  // namespace

Cascade open_cascade(const fs::path& named, const fs::path& upscaler) {
  const auto folder = io::model_folder_in(named);
  check<FormatError>(fs::is_directory(folder), folder.string(),
                     ": expected a model folder, found none");
  const auto found = std::ranges::find_if(
      kFamilies, [&](const Family& family) { return family.recognises(folder); });
  const auto& family = found == kFamilies.end() ? kFamilies.back() : *found;
  auto cascade = family.open(folder);
  const auto third = fs::exists(folder / "stage3") ? folder / "stage3" : upscaler;
  if (family.takes_upscaler && !third.empty()) add_upscaler(cascade, third);
  check_sizes(cascade);
  return cascade;
}

}  // namespace imagine::models
