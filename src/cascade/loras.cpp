#include "cascade/loras.h"

#include "io/json_file.h"
#include "nn/lora.h"

namespace imagine::cascade {

void check_made_for(const Json& network, const std::vector<LoraUse>& loras) {
  for (const auto& lora : loras) {
    const io::SafetensorsFile file(lora.file);
    const auto found = file.metadata().find(kChangedNetwork);
    if (found == file.metadata().end()) continue;
    const auto where = concat(lora.file.string(), ": ", kChangedNetwork);
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
               const std::string& prefix) {
  for (const auto& [file, weight] : loras) {
    nn::merge(network, nn::read_lora(io::SafetensorsFile(file), prefix), weight, file.string());
  }
}

}  // namespace imagine::cascade
