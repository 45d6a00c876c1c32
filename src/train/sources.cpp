#include "train/sources.h"

#include "core/check.h"
#include "data/web_shard_names.h"
#include "train/shard_source.h"
#include "train/stream.h"
#include "train/trained_stages.h"

namespace imagine::train {
namespace {

std::unique_ptr<Source> open_shards(const TrainConfig& config, const std::string& split,
                                    const text::TextEncoder& encoder,
                                    const OnPreparing& on_preparing) {
  const auto prefix = concat(split, "-", config.shard_size);
  const bool annotated = trained_stage(config.stage).annotated;
  auto shards = read_shards(config.shards, prefix + "-", annotated);
  const auto table = [&](const std::vector<std::string>& texts, const char* name) {
    return std::make_unique<TextTable>(
        texts, encoder, io::fs::path(config.shards) / concat(name, prefix, ".safetensors"),
        [&](int64_t done, int64_t all) { return on_preparing("encoding captions", done, all); });
  };
  auto texts = table(shards.captions, "texts-");
  auto phrases = annotated ? table(shards.phrases, "phrases-") : nullptr;
  return std::make_unique<ShardSource>(std::move(shards), std::move(texts), std::move(phrases));
}

}  // namespace

Sources open_sources(const TrainConfig& config, const text::TextEncoder& encoder,
                     const OnPreparing& on_preparing) {
  Sources sources;
  if (config.stream.shards.empty()) {
    sources.training = open_shards(config, "train", encoder, on_preparing);
    sources.held_out = open_shards(config, "heldout", encoder, on_preparing);
  } else {
    sources.index = std::make_unique<data::WebIndex>(
        data::find_web_shards(config.stream.shards), io::fs::path(config.out) / "shards.index",
        [&](int64_t done, int64_t all) { return on_preparing("reading shards", done, all); });
    const auto open = [&](Split split) {
      return std::make_unique<Stream>(config.stream, config.shard_size, split, *sources.index,
                                      encoder);
    };
    sources.training = open(Split::train);
    sources.held_out = open(Split::held_out);
  }
  for (const auto& phase : config.phases) sources.training->check_phase(phase);
  return sources;
}

}  // namespace imagine::train
