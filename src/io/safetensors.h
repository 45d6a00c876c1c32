/// The safetensors format: an 8-byte little-endian header size, a JSON header, raw tensor bytes.
/// https://github.com/huggingface/safetensors. The header comes from strangers: sizes, offsets,
/// overlaps and shapes are checked before anything is used. A tensor of a type that is not known
/// here is listed all the same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/fields.h"
#include "io/file.h"

namespace imagine::io {

/// What a tensor consists of. Files may hold more kinds of numbers than anything here computes
/// with: those are `other`, and matter only to whom the tensor matters.
enum class DType {
  f64,
  f32,
  f16,
  bf16,
  f8_e4m3,
  f8_e5m2,
  i64,
  i32,
  i16,
  i8,
  u64,
  u32,
  u16,
  u8,
  boolean,
  q8_0,  ///< GGUF's blocks of 32 along the last side: an fp16 step and as many bytes
  other,
};

/// Bytes of an item, to which its tensor's address should be aligned; 1 of q8_0 and other.
std::size_t item_size(DType dtype);
std::string name_of(DType dtype);  ///< "F32", "BF16", ... as the header spells it

/// One tensor of an open file; `bytes` lies in the mapping. Other programs' files may place it at
/// an address that is no multiple of its item size: copy it before reading it as numbers.
struct TensorView {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::string other = {};  ///< where dtype is that: its name in the file
};

std::string type_name(const TensorView& view);  ///< as the file spells it

/// Bytes of a tensor of those items; nullopt for a negative side, a product beyond 63 bits, items
/// that do not fill bytes or blocks, or an unknown type. `type` is what type_name() gives.
std::optional<std::uint64_t> byte_size(const std::string& type,
                                       const std::vector<std::int64_t>& shape);

/// What a file holds; the views lie in its bytes.
struct Safetensors {
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
};

/// FormatError begins with `where`.
Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& where);

/// A file mapped into memory. FormatError names the file and what is wrong with it.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const fs::path& path);

  const fs::path& path() const { return path_; }
  const std::map<std::string, TensorView>& tensors() const { return content_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return content_.metadata; }
  /// Keeps the mapping alive for whoever holds views.
  std::shared_ptr<const MappedFile> mapping() const { return file_; }

 private:
  fs::path path_;
  std::shared_ptr<const MappedFile> file_;
  Safetensors content_;
};

/// Writes atomically. The data begins at a multiple of 64 bytes and tensors follow each other
/// without holes, as the format demands, those of wider items first and then by name: so each is
/// aligned to its item size. InputError if a tensor's bytes do not fit its shape.
void write_safetensors(const fs::path& path, const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The bytes of such a file.
Bytes safetensors_bytes(const std::map<std::string, TensorView>& tensors,
                        const std::map<std::string, std::string>& metadata = {});

}  // namespace imagine::io
