#include "train/grow.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "io/config_file.h"
#include "io/safetensors.h"
#include "io/sibling_folder.h"
#include "models/imagine/hybrid_config.h"

namespace imagine::train {
namespace {

constexpr std::string_view kWeights = "model.safetensors";

/// What a block adds to the picture, twice.
constexpr std::array<std::string_view, 4> kOutputs = {"out.weight", "out.bias", "down.weight",
                                                      "down.bias"};

/// The place of old block `index` of `old` among `depth`.
int64_t place_of(int64_t index, int64_t old, int64_t depth) {
  return (index * depth + old - 1) / old;
}

/// The tensors of one block, by their names within it.
std::map<std::string, io::TensorView> block_of(const io::SafetensorsFile& file, int64_t index) {
  const auto prefix = concat("blocks.", index, ".");
  std::map<std::string, io::TensorView> block;
  for (auto at = file.tensors().lower_bound(prefix);
       at != file.tensors().end() && at->first.starts_with(prefix); ++at) {
    block.emplace(at->first.substr(prefix.size()), at->second);
  }
  for (const auto output : kOutputs) {
    check<FormatError>(block.contains(std::string(output)), file.path().string(), ": expected ",
                       prefix, output, ", found none");
  }
  return block;
}

}  // namespace

void grow_base(const io::fs::path& from, int64_t depth, const io::fs::path& to) {
  auto config = io::read_config<models::HybridConfig>(from);
  const auto old = config.depth;
  check<InputError>(depth > old, "depth: expected more than the ", old, " blocks of ",
                    from.string(), ", got ", depth);
  check<InputError>(!io::fs::exists(to), to.string(), ": expected a new folder, found one");
  config.depth = depth;
  config.validate();
  const io::SafetensorsFile file(from / kWeights);
  auto tensors = file.tensors();
  std::erase_if(tensors, [](const auto& entry) { return entry.first.starts_with("blocks."); });
  std::size_t longest = 0;
  for (const auto& [name, view] : file.tensors()) longest = std::max(longest, view.bytes.size());
  const std::vector<std::byte> zeros(longest);
  for (int64_t index = 0; index < old; ++index) {
    const auto block = block_of(file, index);
    const auto first = place_of(index, old, depth), end = place_of(index + 1, old, depth);
    for (auto place = first; place < end; ++place) {
      for (auto [name, view] : block) {
        if (place > first && std::ranges::find(kOutputs, name) != kOutputs.end()) {
          view.bytes = std::span(zeros).first(view.bytes.size());
        }
        tensors.emplace(concat("blocks.", place, ".", name), view);
      }
    }
  }
  const io::SiblingFolder complete(to, "grow");
  io::write_safetensors(complete.path() / kWeights, tensors, file.metadata());
  io::write_json(complete.path() / "config.json", to_json(config));
  io::rename_folder(complete.path(), to);
}

}  // namespace imagine::train
