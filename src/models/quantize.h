/// Published models in half of their size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "tensor/types.h"

namespace imagine::models {

/// What became of one network.
struct QuantizedPart {
  std::string folder;  ///< within the model
  std::uint64_t bytes_before, bytes_after;
  double error;  ///< the root mean square of the weights' changes over that of the weights
};

/// A network's tensors as a file of half the size has them: large matrices as bytes with their
/// scales (see nn::quantized()), all else as it is.
std::map<std::string, Tensor> with_bytes(const std::map<std::string, Tensor>& tensors);

/// Copies a folder that open_if() or open_minit2i() takes, or a T5's, with the networks' matrices
/// as bytes, in shards named as the variant int8 and with a config.json that says so: a program
/// that knows no int8 of ours stops at the one or the other. Of a T5 and of MiniT2I's transformer
/// these are the matrices that --dtype int8 multiplies as bytes, with the same scales; of U-Nets
/// what with_bytes() takes. An encoder beside MiniT2I's folder comes into the copy. `on_part` hears
/// of each network; `go_on` is asked before each shard, and no means Interrupted. `target` must not
/// exist or be empty, and is complete or not made at all. InputError, FormatError or ConfigError
/// says what is wrong with the source, and that it is such a copy already.
void quantize_model(const std::filesystem::path& source, const std::filesystem::path& target,
                    const std::function<void(const QuantizedPart&)>& on_part,
                    const std::function<bool()>& go_on);

}  // namespace imagine::models
