#include "text/text_encoder.h"

#include "io/json_file.h"
#include "text/bert_encoder.h"
#include "text/model_type.h"
#include "text/t5_encoder.h"

namespace imagine::text {

std::unique_ptr<TextEncoder> load_text_encoder(const fs::path& folder, torch::Dtype dtype) {
  const auto path = folder / "config.json";
  const auto config = io::read_json(path);
  const auto type = model_type(config, path.string());
  if (type == "bert") return load_bert_encoder(folder, config, dtype);
  if (type == "t5") return load_t5_encoder(folder, config, dtype);
  throw ConfigError(
      concat(path.string(), R"(: model_type: expected "bert" or "t5", got ")", type, '"'));
}

}  // namespace imagine::text
