#include "cascade/model.h"

#include <algorithm>

#include "cascade/flow_stage.h"
#include "cascade/if_stage.h"
#include "cascade/model_folder.h"
#include "io/json_file.h"
#include "io/mistaken.h"
#include "text/if_reading.h"

namespace imagine::cascade {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiffusers = "model_index.json";

constexpr int kLargest = 1024;  // pixels

/// It reads as the last of the model's readings says.
void add_stage(Model& model, std::unique_ptr<StagePlan> stage) {
  model.stages.push_back(std::move(stage));
  model.reading_of_stage.push_back(model.readings.size() - 1);
}

Model our_model(const fs::path& folder, bool quick) {
  auto file = read_model_file(folder);
  const bool left_out_quick = !quick && file.stages.front().quick.exists();
  if (left_out_quick) file.stages.front().quick = {};
  check_teacher(folder, file);
  Model model{.name = file.name,
              .readings = {{.text_encoder = folder / file.text_encoder}},
              .default_size = file.default_size};
  for (const auto& entry : file.stages) add_stage(model, flow_stage(folder, entry));
  model.left_out_quick = left_out_quick;
  return model;
}

/// Our super-resolution after the last stage, as often as it stays within kLargest.
void add_upscaler(Model& model, const fs::path& folder) {
  const auto file = read_model_file(folder);
  auto entry = file.stages.back();
  check<ConfigError>(entry.network != kHybrid, folder.string(),
                     ": expected a model whose last stage enlarges, got ", entry.network);
  model.readings.push_back({.text_encoder = folder / file.text_encoder});
  const auto factor = flow_stage(folder, entry)->enlarged({.width = 1, .height = 1}).width;
  check<ConfigError>(factor > 1, folder.string(),
                     ": expected super-resolution that enlarges, got factor ", factor);
  for (auto size = model.stages.back()->size() * factor; size <= kLargest; size *= factor) {
    entry.size = int(size);
    add_stage(model, flow_stage(folder, entry));
  }
}

/// The pipeline that a folder of diffusers names.
Json pipeline_of(const fs::path& stage) {
  const auto index = io::read_python_json(stage / kDiffusers);
  return index.is_object() ? index.value("_class_name", Json()) : Json();
}

bool is_of_if(const Json& pipeline) {
  return pipeline.is_string() && pipeline.get<std::string>().starts_with("IF");
}

/// diffusers' stages of DeepFloyd IF, one or two; the first one's text encoder serves all.
Model if_model(const fs::path& folder, const std::vector<fs::path>& stages) {
  const bool has_parent = folder.has_parent_path();
  Model model{.name = has_parent ? folder.string() : "./" + folder.string(),
              .readings = {{.text_encoder = stages.front() / "text_encoder",
                            .text_length = text::kIfTokens,
                            .reads_no_text = true,
                            .lower_cases = true}}};
  for (const auto& stage : stages) {
    const auto pipeline = pipeline_of(stage);
    check<ConfigError>(is_of_if(pipeline), (stage / kDiffusers).string(),
                       ": _class_name: expected a pipeline of DeepFloyd IF, got ", pipeline.dump());
    add_stage(model, if_stage(stage));
    model.default_size = model.stages.back()->size();
  }
  if (model.stages.size() == 2) {
    check<ConfigError>(!model.stages[0]->enlarges() && model.stages[1]->enlarges(), folder.string(),
                       ": expected stage1 to draw and stage2 to enlarge, got ", "others");
    check<ConfigError>(model.stages[0]->size() < model.stages[1]->size(), folder.string(),
                       ": expected stage2 to be larger than stage1, got ", model.stages[1]->size(),
                       " and ", model.stages[0]->size());
  }
  return model;
}

/// The only stage in a folder that enlarges, or that does not, under any name but those that say
/// which is which; empty where there is none.
fs::path published_stage(const fs::path& folder, bool enlarges) {
  fs::path found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto& stage = entry.path();
    if (stage.filename().string().starts_with("stage") || !fs::exists(stage / kDiffusers)) continue;
    const auto pipeline = pipeline_of(stage);
    if (!is_of_if(pipeline)) continue;
    const auto name = pipeline.get<std::string>();
    if ((name.find("SuperResolution") != name.npos) != enlarges) continue;
    const auto* place = enlarges ? "stage2" : "stage1";
    check<FormatError>(found.empty(), folder.string(), ": expected one folder for ", place,
                       " of DeepFloyd IF, got ", found.filename().string(), " and ",
                       stage.filename().string(), "; call the one ", place);
    found = stage;
  }
  return found;
}

/// The folder itself, or its stage1/ and, where there is one, stage2/, each under that name or
/// another.
std::vector<fs::path> if_stages(const fs::path& folder) {
  if (fs::exists(folder / kDiffusers)) return {folder};
  const auto stage = [&](const char* name, bool enlarges) {
    const auto index = folder / name / kDiffusers;
    check<FormatError>(fs::exists(index) || !fs::is_directory(folder / name), index.string(),
                       ": expected the stage's pipeline, found none");
    return fs::exists(index) ? folder / name : published_stage(folder, enlarges);
  };
  const auto first = stage("stage1", false);
  check<FormatError>(!first.empty(), folder.string(), ": expected model.json, ", kDiffusers,
                     " or stage1/", kDiffusers, ", found none");
  const auto second = stage("stage2", true);
  if (second.empty()) return {first};
  return {first, second};
}

}  // namespace

bool edits_any_shape(const Model& model) {
  return std::ranges::all_of(model.stages,
                             [](const auto& stage) { return stage->edits_any_shape(); });
}

fs::path first_if_stage(const fs::path& folder) {
  return fs::exists(folder / "unet" / "config.json") ? folder : if_stages(folder).front();
}

Model open_model(const fs::path& named, const fs::path& upscaler, bool quick) {
  const auto folder = io::model_folder_in(named);
  check<FormatError>(fs::is_directory(folder), folder.string(),
                     ": expected a model folder, found none");
  if (fs::exists(folder / "model.json")) return our_model(folder, quick);
  auto model = if_model(folder, if_stages(folder));
  const auto third = fs::exists(folder / "stage3") ? folder / "stage3" : upscaler;
  if (!third.empty()) add_upscaler(model, third);
  return model;
}

}  // namespace imagine::cascade
