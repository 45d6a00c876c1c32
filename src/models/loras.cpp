#include "models/loras.h"

#include "io/json_file.h"
#include "nn/lora_file.h"

namespace imagine::models {

io::fs::path lora_file_in(const io::fs::path& file_or_folder) {
  constexpr const char *kDiffusers = "pytorch_lora_weights.safetensors",
                       *kOurs = "lora.safetensors";
  const auto& folder = file_or_folder;
  if (!io::fs::is_directory(folder)) return file_or_folder;
  const auto has = [&](const char* name) { return io::fs::exists(folder / name); };
  if (has(nn::kPeftWeights) && has(nn::kPeftConfig)) return folder / nn::kPeftWeights;
  for (const auto* name : {kDiffusers, kOurs}) {
    if (has(name)) return folder / name;
  }
  std::string found;
  for (const auto* name : {nn::kPeftWeights, nn::kPeftConfig, "adapter_model.bin"}) {
    if (has(name)) found += (found.empty() ? "" : " and ") + std::string(name);
  }
  throw FormatError(concat(folder.string(), ": expected low-rank changes, ", nn::kPeftWeights,
                           " with ", nn::kPeftConfig, " (PEFT), ", kDiffusers, " (diffusers) or ",
                           kOurs, ", found ", found.empty() ? "none of them" : found));
}

std::vector<io::fs::path> files_of_lora(const io::fs::path& file_or_folder) {
  return nn::files_of_lora(lora_file_in(file_or_folder));
}

void check_made_for(const Json& network, const std::vector<LoraUse>& loras) {
  for (const auto& lora : loras) {
    const io::SafetensorsFile file(lora_file_in(lora.file));
    const auto found = file.metadata().find(kChangedNetwork);
    if (found == file.metadata().end()) continue;
    const auto where = concat(lora.file, ": ", kChangedNetwork);
    const auto made_for = io::parse_json(found->second, where);
    check<FormatError>(made_for.is_object(), where, ": expected a JSON object, got ",
                       made_for.type_name());
    for (const auto& [field, value] : made_for.items()) {
      const auto actual = network.value(field, Json());
      check<FormatError>(actual == value, where, ": expected changes of a network with ", field,
                         ' ', actual.dump(), ", got one with ", value.dump());
    }
  }
}

void add_loras(torch::nn::Module& network, const std::vector<LoraUse>& loras,
               nn::LoraTarget names) {
  names.layers = nn::changeable_layers(network);
  std::vector<nn::WeightedLora> read;
  for (const auto& [file, weight] : loras) {
    const io::SafetensorsFile changes(lora_file_in(file));
    read.push_back({.lora = nn::read_lora(changes, names),
                    .weight = weight,
                    .where = changes.path().string()});
  }
  nn::merge(network, read);
}

}  // namespace imagine::models
