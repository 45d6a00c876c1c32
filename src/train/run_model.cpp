#include "train/run_model.h"

#include <algorithm>
#include <sstream>

#include "core/check.h"
#include "io/json_file.h"
#include "io/sibling_folder.h"
#include "models/minit2i/layout.h"
#include "text/text_encoder.h"
#include "train/model_training.h"
#include "train/trained_stages.h"

namespace imagine::train {
namespace {

using models::ModelFile;
using models::StageEntry;

class ImagineRunModel : public RunModel {
 public:
  explicit ImagineRunModel(const TrainConfig& config);
  void update(int64_t views) const override;

  bool exists() const { return !trained_.empty(); }

 private:
  void make() const;
  std::string card(int64_t views) const;
  void copy_trained(const io::fs::path& model) const;

  TrainConfig config_;
  io::fs::path folder_;
  std::optional<ModelPlace> origin_;
  std::string trained_;  // the stage's folder; empty: there is no model
  ModelFile model_;
};

constexpr const char* kTextEncoder = "text_encoder";
constexpr int kLargest = 1024;         // pixels that super-resolution goes up to
constexpr double kFirstStep = 0.0625;  // of a base, as the embedded model's

/// Without a slash at its end.
io::fs::path plain(const io::fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

/// What its card and model.json call it.
std::string name_of(const TrainConfig& config) {
  return plain(io::fs::absolute(config.out).lexically_normal()).filename().string();
}

/// The same encoder, though it may lie elsewhere.
bool is_same_encoder(const io::fs::path& one, const io::fs::path& other) {
  std::error_code error;
  if (io::fs::equivalent(one, other, error)) return true;
  if (!io::fs::exists(other)) return false;
  const auto identity = [](const io::fs::path& folder) {
    return text::load_text_encoder(folder, torch::kFloat)->identity();
  };
  return identity(one) == identity(other);
}

/// The place that a new network takes among the stages of `model`; their number: none has it.
std::size_t place_in(const ModelFile& model, const TrainConfig& config) {
  const bool enlarges = config.enlarges();
  const auto is_like_it = [&](const StageEntry& stage) {
    return stage.enlarges() == enlarges && (enlarges || stage.size == config.base.size);
  };
  const auto bases = std::ranges::count(model.stages, false, &StageEntry::enlarges);
  const auto found = std::ranges::find_if(model.stages, is_like_it);
  if (found == model.stages.end() && !enlarges && bases == 1) return 0;
  return std::size_t(found - model.stages.begin());
}

/// The model whose text encoder the run reads; nullopt where it reads one that is alone.
std::optional<ModelPlace> model_of_encoder(const TrainConfig& config) {
  const auto encoder = plain(config.text_encoder);
  const auto folder = encoder.has_parent_path() ? encoder.parent_path() : io::fs::path(".");
  if (!io::fs::exists(folder / "model.json")) return std::nullopt;
  auto model = models::read_model_file(folder);
  const auto stage = place_in(model, config);
  const bool is_of_it = model.text_encoder == encoder.filename();
  if (!is_of_it || (stage == model.stages.size() && !config.enlarges())) return std::nullopt;
  return ModelPlace{folder, std::move(model), stage};
}

/// Gives the stages from `first` on sizes `times` as large, as far as they stay in bounds.
void resize(ModelFile& model, std::size_t first, double times) {
  const auto usual = model.default_size;
  for (auto i = first; i < model.stages.size(); ++i) {
    auto& stage = model.stages[i];
    const int size = int(stage.size * times);
    if (usual == stage.size) model.default_size = size;
    stage.size = size;
  }
  while (model.stages.size() > first + 1 && model.stages.back().size > kLargest) {
    model.stages.pop_back();
  }
}

/// Stages may have gone.
void settle_default(ModelFile& model) {
  const auto is_default = [&](const auto& stage) { return stage.size == model.default_size; };
  if (std::ranges::none_of(model.stages, is_default)) model.default_size = model.stages.back().size;
}

/// With the base of the run at `stage`.
void put_base(ModelFile& model, std::size_t stage, const TrainConfig& config) {
  const auto size = int(config.base.size);
  if (model.stages.empty()) {
    model.default_size = size;
    model.stages.push_back({.size = size, .sampling = {.first_step = kFirstStep}});
    return;
  }
  if (stage == 0) model.stages[0].distilled = {}, model.stages[0].control = {};  // of another base
  resize(model, stage, double(size) / model.stages[stage].size);
}

/// With the run's control adapter beside the base that it is trained with.
void put_control(ModelFile& model, const io::fs::path& folder) {
  auto& [network, base, size, sampling, distilled, control] = model.stages.front();
  control = {.folder = "control", .base = models::fingerprint_of(folder / base)};
}

/// With the run's network in place of all that enlarge.
void put_upscaler(ModelFile& model, const TrainConfig& config) {
  const auto first = std::ranges::find_if(model.stages, &StageEntry::enlarges);
  StageEntry entry{.folder = "upscaler",
                   .sampling = {.steps = 2, .guidance = 1, .augmentation = 0.1}};
  if (first != model.stages.end()) entry = *first;
  entry.network = trained_stage(config.stage).network;
  model.stages.erase(first, model.stages.end());
  int factor = 1;
  visit_network(config, [&](const auto& network) {
    if constexpr (requires { network.factor; }) factor = int(network.factor);
  });
  auto size = model.stages.back().size;
  while (factor > 1 && (size *= factor) <= kLargest) {
    entry.size = size;
    model.stages.push_back(entry);
  }
}

ImagineRunModel::ImagineRunModel(const TrainConfig& config)
    : config_(config), folder_(io::fs::path(config.out) / "model") {
  const auto start = start_of(config);
  if (start && start->at &&
      is_same_encoder(config.text_encoder, start->at->folder / start->at->model.text_encoder)) {
    origin_ = start->at;
    const auto& name = origin_->model.name;
    model_.trained_from = name.empty() ? origin_->folder.string() : name;
  } else {
    origin_ = model_of_encoder(config);
  }
  if (!origin_ && config.enlarges()) return;
  const auto from = model_.trained_from;
  if (origin_) model_ = origin_->model;
  model_.name = name_of(config);
  model_.trained_from = from;
  model_.text_encoder = kTextEncoder;
  const auto stage = origin_ ? origin_->stage : 0;
  if (config.stage == "control") {
    if (from.empty()) return;  // a base that is in no model
    put_control(model_, origin_->folder);
    trained_ = model_.stages.front().control.folder;
  } else if (config.stage == "base") {
    put_base(model_, stage, config);
    trained_ = model_.stages[stage].folder;
  } else if (!from.empty()) {
    trained_ = model_.stages[stage].folder;
  } else {
    put_upscaler(model_, config);
    if (model_.stages.back().network == trained_stage(config.stage).network)
      trained_ = model_.stages.back().folder;
  }
  settle_default(model_);
  check<ConfigError>(!io::fs::exists(folder_) || io::fs::exists(folder_ / "model.json") ||
                         io::fs::is_empty(folder_),
                     folder_.string(), ": expected nothing, or the model of this run, got others' ",
                     "files; `out` names another folder");
}

void ImagineRunModel::update(int64_t views) const {
  const auto stage = io::fs::path(config_.out) / "stage" / "model.safetensors";
  if (!io::fs::exists(stage)) return;
  if (!io::fs::exists(folder_ / "model.json")) make();
  copy_trained(folder_);
  io::write_file(folder_ / "README.md", card(views));
}

void ImagineRunModel::make() const {
  const io::SiblingFolder complete(folder_, "train");
  copy_text_encoder(plain(config_.text_encoder), complete.path() / kTextEncoder);
  const auto copy_part = [&](const std::string& part) {
    if (part.empty() || part == trained_ || io::fs::exists(complete.path() / part)) return;
    io::copy_folder(origin_->folder / part, complete.path() / part);
  };
  for (const auto& stage : model_.stages)
    copy_part(stage.folder), copy_part(stage.distilled.folder), copy_part(stage.control.folder);
  const auto captions = origin_ ? origin_->folder / "captions.txt" : io::fs::path();
  if (!model_.trained_from.empty() && io::fs::exists(captions)) {
    io::write_file(complete.path() / "captions.txt", io::read_file(captions));
  }
  copy_trained(complete.path());
  io::write_json(complete.path() / "model.json", to_json(model_));
  io::rename_folder(complete.path(), folder_);
}

void ImagineRunModel::copy_trained(const io::fs::path& model) const {
  const auto stage = io::fs::path(config_.out) / "stage";
  io::fs::create_directories(model / trained_);
  for (const char* name : {"config.json", "model.safetensors"}) {
    io::write_file(model / trained_ / name, io::read_file(stage / name));
  }
}

/// What it was made of.
std::string ImagineRunModel::card(int64_t views) const {
  std::ostringstream card;
  const auto row = [&](const std::string& part, const std::string& from) {
    card << "| " << part << " | " << from << " |\n";
  };
  card << "# " << model_.name << "\n\nMade by `imagine train`.\n\n| part | from |\n|---|---|\n";
  const auto start = config_.start_from.empty() ? std::string("new weights")
                                                : concat("`", config_.start_from, "`");
  row(trained_, concat("trained on ", views, " pictures, from ", start));
  row(kTextEncoder, concat("`", config_.text_encoder, "`"));
  std::string last = trained_;
  for (const auto& stage : model_.stages) {
    if (stage.folder == trained_ || stage.folder == last) continue;
    row(last = stage.folder, concat("`", (origin_->folder / stage.folder).string(), "`"));
  }
  if (model_.stages.front().distilled.exists()) {
    const auto& quick = model_.stages.front().distilled.folder;
    row(quick, concat("`", (origin_->folder / quick).string(), "`"));
  }
  return card.str();
}

}  // namespace

std::unique_ptr<RunModel> imagine_run_model(const TrainConfig& config) {
  auto made = std::make_unique<ImagineRunModel>(config);
  return made->exists() ? std::move(made) : nullptr;
}

std::unique_ptr<RunModel> run_model_of(const TrainConfig& config) {
  const auto& trained = trained_stage(config.stage);
  const bool draws = config.lora.rank == 0 && !trained.learns_from_another;
  return draws && trained.run_model ? trained.run_model(config) : nullptr;
}

io::fs::path changed_model(const TrainConfig& config) {
  const auto start = start_of(config);
  if (start && start->at) return start->at->folder;
  return models::is_minit2i_folder(config.start_from) ? config.start_from : config.deepfloyd_if;
}

std::optional<io::fs::path> model_of_run(const TrainConfig& config) {
  auto folder = io::fs::path(config.out) / "model";
  if (!io::fs::exists(folder / "model.json") && !models::is_minit2i_folder(folder)) {
    return std::nullopt;
  }
  return folder;
}

}  // namespace imagine::train
