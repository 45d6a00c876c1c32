/// Low-rank changes as PEFT's PeftModel.from_pretrained takes them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/file.h"
#include "tensor/types.h"

namespace imagine::nn {

struct PeftFolder {
  std::int64_t rank;                           // of all changes, which are added as they are
  std::vector<std::string> layers;             // as the model that PEFT wraps calls them
  std::map<std::string, Tensor> changes = {};  // LAYER.lora_A.weight, LAYER.lora_B.weight
};

/// adapter_model.safetensors and adapter_config.json, in place of any there. ResourceError.
void write_peft(const PeftFolder& peft, const io::fs::path& folder);

}  // namespace imagine::nn
