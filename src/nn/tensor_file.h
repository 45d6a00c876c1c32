/// Tensors in safetensors files.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "io/safetensors.h"
#include "tensor/types.h"

namespace imagine::nn {

/// A tensor that lies in the mapped file and keeps the mapping alive; copied only where its address
/// does not suit its type. FormatError where the file has none of that name.
Tensor tensor_of(const io::SafetensorsFile& file, const std::string& name);

/// The same of a view into `mapping`.
Tensor tensor_from(const io::TensorView& view, std::shared_ptr<const void> mapping);

/// The bytes of a file with them.
io::Bytes tensors_bytes(const std::map<std::string, Tensor>& tensors,
                        const std::map<std::string, std::string>& metadata = {});

/// Writes atomically; tensors in any layout and on any device.
void save_tensors(const std::map<std::string, Tensor>& tensors, const io::fs::path& path,
                  const std::map<std::string, std::string>& metadata = {});

}  // namespace imagine::nn
