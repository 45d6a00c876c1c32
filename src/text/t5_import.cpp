#include "text/t5_import.h"

#include <torch/utils.h>

#include "core/check.h"
#include "io/json_file.h"
#include "io/weight_files.h"
#include "nn/frozen.h"
#include "nn/tensor_file.h"
#include "text/t5.h"
#include "text/tokenizer_file.h"

namespace imagine::text {

namespace fs = std::filesystem;

void convert_t5(const fs::path& source, const fs::path& target, torch::Dtype dtype) {
  const auto where = source / "config.json";
  const auto config = t5_config_of(io::read_json(where), where.string());
  t5_tokenizer(find_tokenizer(source, kT5Tokenizer), config.vocab_size);  // before a long copy
  const auto files = io::WeightFiles::find(source, "model");
  std::map<std::string, Tensor> weights;
  for (const auto& [name, entry] : files.tensors()) {
    if (name.starts_with("decoder.") || name.starts_with("lm_head.")) continue;
    const auto stored = nn::tensor_from(entry.view, entry.mapping);
    const bool as_stored = !stored.is_floating_point() || name.ends_with(nn::kScaleSuffix);
    const auto& weight = weights[name] = as_stored ? stored : stored.to(dtype);
    check<FormatError>(as_stored || weight.isfinite().all().item<bool>(), files.path().string(),
                       ": ", name, ": expected finite numbers in ", dtype, ", got others");
  }
  io::write_file(target / "config.json", io::read_file(source / "config.json"));
  copy_tokenizer(source, target);
  nn::save_tensors(weights, target / "model.safetensors");
}

}  // namespace imagine::text
