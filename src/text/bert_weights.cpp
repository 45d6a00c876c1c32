#include "text/bert_weights.h"

#include "core/check.h"

namespace imagine::text {

Bert load_bert(const BertConfig& config, const io::SafetensorsFile& file,
               const nn::LoadOptions& options) {
  const auto bytes = file.mapping()->bytes().size();
  check<FormatError>(config.parameters() <= int64_t(bytes), file.path().string(),
                     ": expected a file of ", config.parameters(), " parameters, got ", bytes,
                     " bytes");
  Bert bert(config);
  nn::load_weights(*bert, file, options);
  bert->eval();
  return bert;
}

}  // namespace imagine::text
