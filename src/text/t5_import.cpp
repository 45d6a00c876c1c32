#include "text/t5_import.h"

#include <torch/utils.h>

#include "core/check.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"
#include "text/t5_weights.h"

namespace imagine::text {

namespace fs = std::filesystem;

void convert_t5(const fs::path& source, const fs::path& target, torch::Dtype dtype) {
  const auto files = t5_files(source);
  const auto config = t5_config_at(source, files);
  const auto vocabulary = t5_vocabulary_at(source, files);
  t5_tokenizer(vocabulary, config.vocab_size);  // before a long copy
  nn::Offenders offenders;
  const auto stored = nn::stored_weights(files, t5_published_names(files), offenders);
  offenders.check_none(files.path());
  std::map<std::string, Tensor> weights;
  for (const auto& [name, weight] : stored) {
    if (weight.entry.view.dtype == io::DType::i8 && weight.is_scaled()) {  // stays bytes
      const auto [values, scale] = weight.read();
      weights[name] = values;
      weights[name + nn::kScaleSuffix] = scale;
      continue;
    }
    check<FormatError>(weight.is_floating_point(), files.path().string(), ": ", name,
                       ": expected floating-point numbers, got ", io::type_name(weight.entry.view));
    const auto& numbers = weights[name] = weight.numbers().to(dtype);
    check<FormatError>(numbers.isfinite().all().item<bool>(), files.path().string(), ": ", name,
                       ": expected finite numbers in ", dtype, ", got others");
  }
  io::write_json(target / "config.json", t5_config_json(source, files));
  io::write_file(target / vocabulary.name(), vocabulary.content);
  nn::save_tensors(weights, target / "model.safetensors");
}

}  // namespace imagine::text
