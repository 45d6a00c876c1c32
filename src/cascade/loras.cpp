#include "cascade/loras.h"

#include "nn/lora.h"

namespace imagine::cascade {

void add_loras(torch::nn::Module& network, const std::vector<LoraUse>& loras,
               const std::string& prefix) {
  for (const auto& [file, weight] : loras) {
    nn::merge(network, nn::read_lora(io::SafetensorsFile(file), prefix), weight, file.string());
  }
}

}  // namespace imagine::cascade
