/// A network's tensors, in one safetensors file or in several.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "io/safetensors.h"

namespace imagine::io {

class WeightFiles {
 public:
  struct Entry {
    TensorView view;
    std::shared_ptr<const MappedFile> mapping;
  };

  WeightFiles(const SafetensorsFile& file);  // NOLINT: one file is a set of files

  /// The weights called `stem` in a folder of Hugging Face's layout: STEM.safetensors, or the
  /// shards that STEM.safetensors.index.json names; else those of a variant (fp16, bf16, ...),
  /// which stands before ".safetensors", before ".json" or in the shards' names. FormatError where
  /// there are none, a shard is missing, or index and shards disagree.
  static WeightFiles find(const fs::path& folder, const std::string& stem);

  /// The file, or the index.
  const fs::path& path() const { return path_; }
  const std::map<std::string, Entry>& tensors() const { return tensors_; }
  /// Of all tensors together.
  std::uint64_t bytes() const;
  /// Tells by the tensors' names, types and shapes and by samples of their values which weights
  /// these are. Reads a few pages of each.
  std::uint64_t fingerprint() const;

 private:
  explicit WeightFiles(fs::path path) : path_(std::move(path)) {}
  static WeightFiles of_index(const fs::path& index);
  void add(const SafetensorsFile& file);

  fs::path path_;
  std::map<std::string, Entry> tensors_;
};

}  // namespace imagine::io
