#include "train/start.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/check.h"
#include "io/json_file.h"
#include "models/minit2i/layout.h"
#include "train/trained_stages.h"

namespace imagine::train {
namespace {

constexpr const char* kModel = "model.json";
constexpr const char* kWeights = "model.safetensors";

/// Fields that may change from one run to the next: no weight has their shape.
constexpr std::array<std::string_view, 5> kFree = {"size", "noise", "detail", "image_size", "n_T"};

/// Without a slash at its end.
io::fs::path plain(const io::fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

io::fs::path parent_of(const io::fs::path& folder) {
  return folder.has_parent_path() ? folder.parent_path() : io::fs::path(".");
}

/// What lies beside the weights lies there.
io::fs::path folder_of(const io::fs::path& weights) {
  return io::fs::is_directory(weights) ? weights : parent_of(weights);
}

/// The only stage of `kind`; two that share a folder are one.
std::size_t only_stage(const models::ModelFile& model, const std::string& kind,
                       const std::string& where) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < model.stages.size(); ++i) {
    if (model.stages[i].network != kind) continue;
    check<ConfigError>(!found || model.stages[*found].folder == model.stages[i].folder, where,
                       ": expected a model with one ", kind,
                       " network, got several; name the folder of one");
    if (!found) found = i;
  }
  check<ConfigError>(found.has_value(), where, ": expected a model with one ", kind,
                     " network, got none");
  return *found;
}

/// The model that has `stage` among its folders, or that stands beside it where a run left both.
std::optional<ModelPlace> model_around(const io::fs::path& stage, const std::string& kind) {
  const auto parent = parent_of(stage);
  const bool of_run =
      stage.filename().string().starts_with("stage") && io::fs::exists(parent / "model" / kModel);
  const auto folder = of_run ? parent / "model" : parent;
  if (!io::fs::exists(folder / kModel)) return std::nullopt;
  auto model = models::read_model_file(folder);
  for (std::size_t i = 0; i < model.stages.size(); ++i) {
    const auto& entry = model.stages[i];
    if (entry.network != kind) continue;
    if (of_run || entry.folder == stage.filename()) return ModelPlace{folder, model, i};
  }
  return std::nullopt;
}

/// Of the fields that the weights have as they are the config must say the same.
void check_same(const Json& network, const Json& weights, const std::string& section,
                const io::fs::path& file) {
  for (const auto& [field, value] : network.items()) {
    if (std::ranges::find(kFree, field) != kFree.end()) continue;
    check<ConfigError>(value == weights.at(field), section, ".", field, ": expected ",
                       weights.at(field).dump(), " as in ", file.string(),
                       ", whose weights the run takes, got ", value.dump(),
                       "; a field that is left out is taken from there");
  }
}

template <class Config>
void read_config(const Json& json, const std::string& file, Config& config) {
  config = from_json<Config>(json, file);
}

/// As published.
void read_config(const Json& json, const std::string& file, models::MmJitConfig& config) {
  config = models::mmjit_config_of(json, file);
}

template <class Config>
void take_network(const Json& told, const std::string& section, const Start& start,
                  Config& config) {
  const auto file = folder_of(start.weights) / "config.json";
  Config stored;
  read_config(start.network, file.string(), stored);
  const auto weights = to_json(stored);
  auto network = weights;
  if (const auto found = told.find(section); found != told.end()) network.update(*found);
  check_same(network, weights, section, file);
  config = from_json<Config>(network, section);
}

}  // namespace

Start start_at(const std::string& named, const std::string& stage) {
  if (models::is_minit2i_folder(named)) {
    const auto folder = io::fs::path(named) / models::kMmJitFolder;
    return {.weights = folder, .network = io::read_json(folder / "config.json")};
  }
  const std::string kind(trained_stage(stage).network);
  io::fs::path folder = named;
  Start start{.weights = named};
  if (io::fs::is_directory(folder)) {
    folder = plain(folder);
    if (io::fs::exists(folder / kModel)) {
      auto model = models::read_model_file(folder);
      const auto index = only_stage(model, kind, named);
      start.at = ModelPlace{folder, std::move(model), index};
      folder /= start.at->entry().folder;
    }
    start.weights = folder / kWeights;
  } else {
    folder = parent_of(folder);
  }
  if (!start.at) start.at = model_around(folder, kind);
  const auto config = folder / "config.json";
  if (io::fs::exists(config)) start.network = io::read_json(config);
  return start;
}

void check_trainable(const Start& start) {
  const auto file = start.weights / "config.json";
  std::error_code none;
  if (!io::fs::is_directory(start.weights, none) || !io::fs::exists(file, none)) return;
  const auto config = io::read_python_json(file);
  check<ConfigError>(!config.is_object() || !config.contains("quantization_config"),
                     start.weights.string(), ": expected weights that were not quantized: a copy ",
                     "of bytes draws, and the model that it was made of learns");
}

io::SafetensorsFile open_weights(const Start& start) {
  check<ConfigError>(io::fs::is_regular_file(start.weights), start.weights.string(),
                     ": expected weights to start from, found none; a config's paths begin in the ",
                     "current folder, ", io::fs::current_path().string());
  return io::SafetensorsFile(start.weights);
}

std::optional<Start> start_of(const TrainConfig& config) {
  if (config.start_from.empty()) return std::nullopt;
  return start_at(config.start_from, config.stage);
}

void take_from_start(const Json& told, TrainConfig& config) {
  const auto& trained = trained_stage(config.stage);
  const auto start = start_of(config);
  if (start && !start->network.is_null()) {
    const std::string section(trained.section);
    visit_network(config, [&](auto& network) { take_network(told, section, *start, network); });
  }
  if (trained.learns_from_another && !config.distillation.teacher.empty()) {
    const auto teacher = start_at(config.distillation.teacher, config.stage);
    const std::string section(trained.section);
    visit_network(config, [&](auto& network) {
      const auto own = start ? to_json(network) : told.value(section, Json::object());
      if (!teacher.network.is_null()) take_network({{section, own}}, section, teacher, network);
    });
  }
  if (!told.contains("shard_size")) {
    visit_network(config, [&](const auto& network) {
      if constexpr (requires { network.image_size; }) config.shard_size = network.image_size;
    });
  }
  if (told.contains("text_encoder")) return;
  if (start && start->at) {
    config.text_encoder = (start->at->folder / start->at->model.text_encoder).string();
  } else if (trained.text_encoder) {
    config.text_encoder = trained.text_encoder(config);
  }
}

}  // namespace imagine::train
