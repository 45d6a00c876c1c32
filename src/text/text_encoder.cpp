#include "text/text_encoder.h"

#include "io/json_file.h"
#include "io/mistaken.h"
#include "text/bert_encoder.h"
#include "text/model_type.h"
#include "text/t5_encoder.h"
#include "text/t5_weights.h"

namespace imagine::text {

std::unique_ptr<TextEncoder> load_text_encoder(const fs::path& named,
                                               const nn::Arithmetic& arithmetic,
                                               const fs::path& replaced) {
  const auto place = io::model_folder_in(named);
  if (is_bare_t5(place)) return load_t5_encoder(place, arithmetic, replaced);
  const auto path = place / "config.json";
  const auto config = io::read_json(path);
  const auto type = model_type(config, path.string());
  if (type == "bert") {
    // Which architecture it is, only others' configs say.
    check<ConfigError>(!config.contains("architectures"), path.string(),
                       ": expected a BERT that is made ours, got one as it is published: `imagine ",
                       "import ", place.string(), " --to FOLDER`, and name that folder");
    return load_bert_encoder(place, config, arithmetic.dtype);
  }
  if (type == "t5") return load_t5_encoder(place, arithmetic, replaced);
  throw ConfigError(
      concat(path.string(), R"(: model_type: expected "bert" or "t5", got ")", type, '"'));
}

}  // namespace imagine::text
