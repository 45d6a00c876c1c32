#include "models/imagine/model_file.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/fields.h"
#include "core/place.h"
#include "io/json_file.h"
#include "io/weight_files.h"

namespace imagine::models {
namespace {

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

/// Of what stands beside the network of the first stage.
void check_beside(const std::string& folder, const StageEntry& stage, std::size_t index,
                  const std::string& place) {
  check<ConfigError>(index == 0, place, "folder: expected none but in the first stage, got \"",
                     folder, "\"");
  check<ConfigError>(is_plain_name(folder) && folder != stage.folder, place,
                     "folder: expected the name of another folder beside model.json, got \"",
                     folder, "\"");
}

void check_distilled(const StageEntry& stage, std::size_t index, const std::string& place) {
  check_beside(stage.distilled.folder, stage, index, place);
  at_place(place + "sampling.", [&] { stage.distilled.sampling.validate(); });
}

void check_stage(const ModelFile& model, std::size_t index, const std::string& where) {
  const auto& stage = model.stages[index];
  const auto place = concat(where, ": stages[", index, "].");
  std::vector<std::string> expected;
  if (index == 0 || !model.stages[index - 1].enlarges()) expected.push_back(kHybrid);
  if (index > 0) std::ranges::copy(kUpscalers, std::back_inserter(expected));
  check<ConfigError>(std::ranges::find(expected, stage.network) != expected.end(), place,
                     "network: ", expected_names(stage.network, expected));
  check<ConfigError>(is_plain_name(stage.folder), place,
                     "folder: expected the name of a folder beside model.json, got \"",
                     stage.folder, "\"");
  const int previous = index == 0 ? 0 : model.stages[index - 1].size;
  check<ConfigError>(stage.size > previous && stage.size <= 4096, place, "size: expected ",
                     previous + 1, " .. 4096, got ", stage.size);
  check<ConfigError>(stage.enlarges() || stage.size % 8 == 0, place,
                     "size: expected a multiple of 8, got ", stage.size);
  at_place(place + "sampling.", [&] { stage.sampling.validate(); });
  if (stage.distilled.exists()) check_distilled(stage, index, place + "quick.");
  if (stage.control.exists()) check_beside(stage.control.folder, stage, index, place + "control.");
}

}  // namespace

ModelFile read_model_file(const io::fs::path& folder) {
  const auto path = folder / "model.json";
  check<FormatError>(io::fs::is_directory(folder), folder.string(),
                     ": expected a model folder, found none");
  const auto model = from_json<ModelFile>(io::read_json(path), path.string());
  check<ConfigError>(!model.stages.empty(), path.string(), ": stages: expected at least one");
  check<ConfigError>(is_plain_name(model.text_encoder), path.string(),
                     ": text_encoder: expected the name of a folder beside model.json, got \"",
                     model.text_encoder, "\"");
  for (std::size_t i = 0; i < model.stages.size(); ++i) check_stage(model, i, path.string());
  check<ConfigError>(std::ranges::any_of(
                         model.stages, [&](const auto& s) { return s.size == model.default_size; }),
                     path.string(), ": default_size: expected the size of a stage, got ",
                     model.default_size);
  return model;
}

std::string fingerprint_of(const io::fs::path& stage) {
  const io::WeightFiles weights(io::SafetensorsFile(stage / "model.safetensors"));
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(weights.fingerprint()));
  return digits.data();
}

void check_controlled(const io::fs::path& folder, const ModelFile& model) {
  const auto& [network, base, size, sampling, distilled, control] = model.stages.front();
  if (!control.exists()) return;
  const auto found = fingerprint_of(folder / base);
  check<ConfigError>(found == control.base, (folder / "model.json").string(),
                     ": stages[0].control.base: expected ", found, ", which ", base, " is, got ",
                     control.base, ": the adapter was trained beside another network; `imagine ",
                     "train` with configs/control.json teaches a new one");
}

void check_teacher(const io::fs::path& folder, const ModelFile& model) {
  const auto& teacher = model.stages.front().folder;
  const auto& distilled = model.stages.front().distilled;
  if (!distilled.exists() || distilled.teacher.empty()) return;
  const auto found = fingerprint_of(folder / teacher);
  check<ConfigError>(
      found == distilled.teacher, (folder / "model.json").string(),
      ": stages[0].quick.teacher: expected ", found, ", which ", teacher, " is, got ",
      distilled.teacher,
      ": another network taught the distilled one. --full draws without it, `imagine "
      "distill` teaches a new one");
}

}  // namespace imagine::models
