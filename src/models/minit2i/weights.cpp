#include "models/minit2i/weights.h"

#include <torch/utils.h>

#include "io/weight_files.h"
#include "models/loras.h"
#include "nn/weights.h"

namespace imagine::models {
namespace {

constexpr const char* kStem = "diffusion_pytorch_model";
constexpr std::string_view kPrefix = "model.net.";

/// What the reference keeps and nothing reads: the network is not told the time.
bool is_unread(std::string_view name) {
  return name.starts_with("t_embedder.") || name.starts_with("pooled_embedder.");
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

MmJit loaded_mmjit(const io::fs::path& folder, const MmJitConfig& config,
                   const Placement& placement, const std::vector<LoraUse>& loras) {
  const auto files = io::WeightFiles::find(folder, kStem);
  check<FormatError>(config.parameters() <= double(files.bytes()), files.path().string(),
                     ": expected a network of ", config.parameters(), " numbers, got ",
                     files.bytes(), " bytes");
  MmJit network(config);
  nn::load_weights(*network, files, {.dtype = std::nullopt, .mapped = true, .rename = our_name});
  add_loras(*network, loras);
  network->to(placement.device);
  network->eval();
  if (placement.device.is_cpu()) nn::pack(*network, /*mapped=*/true);
  return network;
}

}  // namespace imagine::models
