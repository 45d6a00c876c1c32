#include "text/bert_weights.h"

#include "core/check.h"

namespace imagine::text {

Bert load_bert(const BertConfig& config, const io::WeightFiles& files,
               const nn::LoadOptions& options) {
  const auto bytes = files.bytes();
  check<FormatError>(config.parameters() <= int64_t(bytes), files.path().string(),
                     ": expected a file of ", config.parameters(), " parameters, got ", bytes,
                     " bytes");
  Bert bert(config);
  nn::load_weights(*bert, files, options);
  bert->eval();
  return bert;
}

}  // namespace imagine::text
