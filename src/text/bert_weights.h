/// A BERT with its weights.
#pragma once

#include "io/weight_files.h"
#include "nn/weights.h"
#include "text/bert.h"

namespace imagine::text {

/// FormatError where `files` are too small for `config`, before memory is taken, or their tensors
/// do not fit.
Bert load_bert(const BertConfig& config, const io::WeightFiles& files,
               const nn::LoadOptions& options);

}  // namespace imagine::text
