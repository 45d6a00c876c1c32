/// A network's weights, from a safetensors file and back.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <torch/nn/module.h>

#include "io/weight_files.h"
#include "nn/stored.h"

namespace imagine::nn {

struct LoadOptions {
  /// What floating-point parameters become; nullopt: what they are in the file, which takes layers
  /// that convert as they compute (see frozen.h). Others keep the module's type.
  std::optional<torch::Dtype> dtype = torch::kFloat32;
  /// Tensors that have the right type already stay in the file's read-only mapping. Only for
  /// networks that are never trained: writing to such a parameter ends the program.
  bool mapped = false;
  Rename rename = {};
};

/// Fills every parameter and buffer of `module` on the CPU. FormatError lists the first ten
/// parameters without a tensor, tensors without a parameter, and differing shapes; the module is
/// unchanged then. A weight may be stored in any way of stored.h. Whole numbers with a scale stay
/// so where the module has a place for the scale, and F8 with one does where no dtype is asked for;
/// else they become the numbers that they stand for. The scale of another weight stays empty.
void load_weights(torch::nn::Module& module, const io::WeightFiles& files,
                  const LoadOptions& options = {});

/// Writes every parameter and buffer under its name, floating-point ones as `dtype`.
void save_weights(const torch::nn::Module& module, const io::fs::path& path, torch::Dtype dtype,
                  const std::map<std::string, std::string>& metadata = {});

}  // namespace imagine::nn
