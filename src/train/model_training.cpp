#include "train/model_training.h"

#include <algorithm>

#include "core/check.h"
#include "io/config_file.h"
#include "io/sibling_folder.h"
#include "models/minit2i/layout.h"
#include "text/tokenizer_file.h"

namespace imagine::train {

TrainConfig training_of_base(const io::fs::path& folder, const models::ModelFile& model,
                             bool quick) {
  const auto bases = std::ranges::count(model.stages, false, &models::StageEntry::enlarges);
  check<ConfigError>(bases == 1, folder.string(), ": expected a model with one base, got ", bases);
  const auto& base = model.stages.front();
  const auto network = folder / (quick ? base.distilled.folder : base.folder);
  TrainConfig config;
  config.shard_size = base.size;
  config.text_encoder = (folder / model.text_encoder).string();
  config.start_from = (network / "model.safetensors").string();
  config.base = io::read_config<models::HybridConfig>(network);
  return config;
}

TrainConfig training_of_minit2i(const io::fs::path& folder) {
  TrainConfig config;
  config.stage = "minit2i";
  config.start_from = folder.string();
  config.minit2i = models::minit2i_config(folder);
  config.text_encoder = models::minit2i_text_encoder(folder, config.minit2i).string();
  config.shard_size = config.minit2i.image_size;
  config.phases = {{.resolution = config.minit2i.image_size, .noise_mean = -0.8, .noise_std = 0.8}};
  return config;
}

void copy_text_encoder(const io::fs::path& encoder, const io::fs::path& to) {
  io::copy_folder(encoder, to);
  text::copy_tokenizer(encoder, to);
}

}  // namespace imagine::train
