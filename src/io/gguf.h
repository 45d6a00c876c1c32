/// GGUF, the format of llama.cpp: metadata, then a list of tensors, then their bytes. Versions 2
/// and 3 in little-endian order. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Files
/// come from strangers: counts, sizes, offsets, overlaps and shapes are checked before anything is
/// used.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/fields.h"
#include "io/safetensors.h"

namespace imagine::io {

/// What a file holds; the views lie in its bytes. Sides are in our order, rows first: the last one
/// is the one that runs fastest. Types that have no DType of their own are `other` by ggml's name
/// (Q4_K ...).
struct Gguf {
  std::map<std::string, TensorView> tensors;
  Json metadata = Json::object();  ///< key -> number, bool, text or list of these
};

/// Whether a file begins as one.
bool is_gguf(std::span<const std::byte> bytes);

/// FormatError begins with `where`.
Gguf parse_gguf(std::span<const std::byte> bytes, const std::string& where);

}  // namespace imagine::io
