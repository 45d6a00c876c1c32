#include "models/minit2i/weights.h"

#include <algorithm>

#include <torch/utils.h>

#include "io/weight_files.h"
#include "models/loras.h"
#include "nn/weights.h"

namespace imagine::models {
namespace {

constexpr const char* kStem = "diffusion_pytorch_model";

/// What the reference keeps and nothing reads: the network is not told the time.
const std::vector<std::string> kUnread = {"t_embedder.", "pooled_embedder."};

bool is_unread(std::string_view name) {
  return std::ranges::any_of(kUnread, [&](const auto& start) { return name.starts_with(start); });
}

std::optional<std::string> our_name(const std::string& name) {
  auto own = name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
  return is_unread(own) ? std::nullopt : std::optional(std::move(own));
}

}  // namespace

std::uint64_t minit2i_bytes(const io::fs::path& folder) {
  try {
    return io::WeightFiles::find(folder, kStem).bytes();
  } catch (const FormatError&) {
    return 0;
  }
}

void load_mmjit(MmJitImpl& network, const io::fs::path& place, nn::LoadOptions options) {
  options.rename = our_name;
  if (!io::fs::is_directory(place)) {
    return nn::load_weights(network, io::SafetensorsFile(place), options);
  }
  const auto files = io::WeightFiles::find(place, kStem);
  check<FormatError>(network.config.parameters() <= double(files.bytes()), files.path().string(),
                     ": expected a network of ", network.config.parameters(), " numbers, got ",
                     files.bytes(), " bytes");
  nn::load_weights(network, files, options);
}

MmJit loaded_mmjit(const io::fs::path& folder, const MmJitConfig& config,
                   const Placement& placement, const std::vector<LoraUse>& loras) {
  MmJit network(config);
  load_mmjit(*network, folder, {.dtype = std::nullopt, .mapped = true});
  check_made_for(to_json(config), loras);
  add_loras(*network, loras, {.prefix = std::string(kPrefix), .unread = kUnread});
  network->to(placement.device);
  network->eval();
  if (placement.device.is_cpu()) nn::pack(*network, /*mapped=*/true);
  return network;
}

}  // namespace imagine::models
