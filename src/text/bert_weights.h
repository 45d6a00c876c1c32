/// A BERT with its weights.
#pragma once

#include "io/safetensors.h"
#include "nn/weights.h"
#include "text/bert.h"

namespace imagine::text {

/// FormatError where `file` is too small for `config`, before memory is taken, or its tensors do
/// not fit.
Bert load_bert(const BertConfig& config, const io::SafetensorsFile& file,
               const nn::LoadOptions& options);

}  // namespace imagine::text
