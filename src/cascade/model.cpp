#include "cascade/model.h"

#include <algorithm>

#include "cascade/flow_stage.h"
#include "cascade/if_stage.h"
#include "cascade/model_folder.h"
#include "io/json_file.h"

namespace imagine::cascade {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiffusers = "model_index.json";
constexpr int64_t kIfTokens = 77;

Model our_model(const fs::path& folder) {
  const auto file = read_model_file(folder);
  Model model{.name = file.name,
              .text_encoder = folder / file.text_encoder,
              .default_size = file.default_size};
  for (const auto& entry : file.stages) model.stages.push_back(flow_stage(folder, entry));
  return model;
}

/// diffusers' stages of DeepFloyd IF, one or two; the first one's text encoder serves all.
Model if_model(const fs::path& folder, const std::vector<fs::path>& stages) {
  const bool has_parent = folder.has_parent_path();
  Model model{.name = has_parent ? folder.string() : "./" + folder.string(),
              .text_encoder = stages.front() / "text_encoder",
              .text_length = kIfTokens,
              .reads_no_text = true,
              .lower_cases = true};
  for (const auto& stage : stages) {
    const auto path = stage / kDiffusers;
    const auto index = io::read_python_json(path);
    const auto name = index.is_object() ? index.value("_class_name", Json()) : Json();
    check<ConfigError>(name.is_string() && name.get<std::string>().starts_with("IF"), path.string(),
                       ": _class_name: expected a pipeline of DeepFloyd IF, got ", name.dump());
    model.stages.push_back(if_stage(stage));
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

}  // namespace

bool edits_any_shape(const Model& model) {
  return std::ranges::all_of(model.stages,
                             [](const auto& stage) { return stage->edits_any_shape(); });
}

Model open_model(const fs::path& folder) {
  check<FormatError>(fs::is_directory(folder), folder.string(),
                     ": expected a model folder, found none");
  if (fs::exists(folder / "model.json")) return our_model(folder);
  if (fs::exists(folder / kDiffusers)) return if_model(folder, {folder});
  const auto first = folder / "stage1", second = folder / "stage2";
  if (fs::exists(first / kDiffusers)) {
    return fs::exists(second / kDiffusers) ? if_model(folder, {first, second})
                                           : if_model(folder, {first});
  }
  throw FormatError(concat(folder.string(), ": expected model.json, ", kDiffusers, " or stage1/",
                           kDiffusers, ", found none"));
}

}  // namespace imagine::cascade
