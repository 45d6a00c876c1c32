#include "models/deepfloyd_if/family.h"

#include "io/json_file.h"
#include "models/deepfloyd_if/stage.h"
#include "text/if_reading.h"

namespace imagine::models {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiffusers = "model_index.json";

/// The pipeline that a folder of diffusers names.
Json pipeline_of(const fs::path& stage) {
  const auto index = io::read_python_json(stage / kDiffusers);
  return index.is_object() ? index.value("_class_name", Json()) : Json();
}

bool is_of_if(const Json& pipeline) {
  return pipeline.is_string() && pipeline.get<std::string>().starts_with("IF");
}

/// diffusers' stages of DeepFloyd IF, one or two; the first one's text encoder serves all.
Cascade if_cascade(const fs::path& folder, const std::vector<fs::path>& stages) {
  const bool has_parent = folder.has_parent_path();
  Cascade cascade{.name = has_parent ? folder.string() : "./" + folder.string(),
                  .text_rules = {{.text_encoder = stages.front() / "text_encoder",
                                  .text_length = text::kIfLength,
                                  .encodes_no_text = true,
                                  .reads_empty = true,
                                  .lower_cases = true}}};
  for (const auto& stage : stages) {
    const auto pipeline = pipeline_of(stage);
    check<ConfigError>(is_of_if(pipeline), (stage / kDiffusers).string(),
                       ": _class_name: expected a pipeline of DeepFloyd IF, got ", pipeline.dump());
    cascade.add_stage(if_stage(stage));
    cascade.default_size = cascade.stages.back().spec->size();
  }
  if (stages.size() == 1) return cascade;
  const auto &first = *cascade.stages[0].spec, &second = *cascade.stages[1].spec;
  check<ConfigError>(!first.enlarges() && second.enlarges(), folder.string(),
                     ": expected stage1 to draw and stage2 to enlarge, got others");
  check<ConfigError>(first.size() < second.size(), folder.string(),
                     ": expected stage2 to be larger than stage1, got ", second.size(), " and ",
                     first.size());
  return cascade;
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
  check<FormatError>(!first.empty(), folder.string(),
                     ": expected model.json, transformer/config.json, ", kDiffusers, " or stage1/",
                     kDiffusers, ", found none");
  const auto second = stage("stage2", true);
  if (second.empty()) return {first};
  return {first, second};
}

}  // namespace

bool is_if_folder(const fs::path& folder) {
  return fs::exists(folder / kDiffusers) || fs::exists(folder / "stage1");
}

Cascade open_if(const fs::path& folder) { return if_cascade(folder, if_stages(folder)); }

fs::path first_if_stage(const fs::path& folder) {
  return fs::exists(folder / "unet" / "config.json") ? folder : if_stages(folder).front();
}

}  // namespace imagine::models
