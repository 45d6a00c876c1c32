#include "nn/peft_folder.h"

#include "io/json_file.h"
#include "nn/lora_file.h"
#include "nn/tensor_file.h"

namespace imagine::nn {

void write_peft(const PeftFolder& peft, const io::fs::path& folder) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, values] : peft.changes) tensors["base_model.model." + name] = values;
  io::fs::create_directories(folder);
  save_tensors(tensors, folder / kPeftWeights, {{"format", "pt"}});
  const Json config = {
      {"peft_type", "LORA"},     {"task_type", nullptr}, {"base_model_name_or_path", nullptr},
      {"inference_mode", true},  {"bias", "none"},       {"r", peft.rank},
      {"lora_alpha", peft.rank}, {"lora_dropout", 0.0},  {"target_modules", peft.layers}};
  io::write_json(folder / kPeftConfig, config);
}

}  // namespace imagine::nn
