/// Weights as files store them: as numbers, or as coarser ones with a scale beside or within them.
///
/// | stored as | scale | written by |
/// |---|---|---|
/// | F64, F32, F16, BF16, F8_E4M3, F8_E5M2 | none | everybody |
/// | I8 | NAME_scale, F32, one for each row | ours: frozen.h's quantized() |
/// | F8, or U8 that a comfy_quant calls F8 | NAME_scale or NAME's scale_weight, one for all or each
/// row | ComfyUI | | GGUF's Q8_0 | within: one for every 32 numbers of a row | llama.cpp |
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "io/weight_files.h"
#include "nn/frozen.h"
#include "nn/offenders.h"
#include "tensor/types.h"

namespace imagine::nn {

/// From a tensor's name in the file to the parameter's name in the module; nullopt where the tensor
/// is left out on purpose.
using Rename = std::function<std::optional<std::string>(const std::string&)>;

/// One weight of a file, with the scale that belongs to it.
struct StoredWeight {
  io::WeightFiles::Entry entry;
  std::optional<io::WeightFiles::Entry> scale = {};

  /// Whether numbers can be had from it that are not whole.
  bool is_floating_point() const;
  /// Whether there is a scale, beside or within it.
  bool is_scaled() const;
  /// The values as they are stored, and the scale as Quantized has it: undefined where there is
  /// none. They stay in the mapping where the file's layout allows it. FormatError for a type that
  /// is not read.
  Quantized read() const;
  /// The numbers that are meant: fp32 where there is a scale, else as stored.
  Tensor numbers() const;
};

/// What the files hold by the parameters' names. What other programs write beside weights and
/// drawing has no use for is passed over: the marker scaled_fp8, the scales of inputs, comfy_quant
/// once it is read. Adds to `offenders` two tensors for one name, a scale that does not fit and a
/// way of storing that is not read.
std::map<std::string, StoredWeight> stored_weights(const io::WeightFiles& files,
                                                   const Rename& rename, Offenders& offenders);

}  // namespace imagine::nn
