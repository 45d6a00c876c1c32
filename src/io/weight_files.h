/// A network's tensors, in one safetensors or GGUF file or in several safetensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace imagine::io {

class WeightFiles {
 public:
  struct Entry {
    TensorView view;
    std::shared_ptr<const MappedFile> mapping;
  };

  WeightFiles(const SafetensorsFile& file);  // NOLINT: one file is a set of files

  /// One file, safetensors or GGUF by its content. FormatError names it and what it is instead.
  static WeightFiles open(const fs::path& file);

  /// The weights called `stem` in a folder of Hugging Face's layout: STEM.safetensors, or the
  /// shards that STEM.safetensors.index.json names; else those of a variant (fp16, bf16, ...),
  /// which stands before ".safetensors", before ".json" or in the shards' names. FormatError where
  /// there are none (a pickle or a GGUF in their place is named), a shard is missing, or index and
  /// shards disagree.
  static WeightFiles find(const fs::path& folder, const std::string& stem);

  /// The file, or the index.
  const fs::path& path() const { return path_; }
  const std::map<std::string, Entry>& tensors() const { return tensors_; }
  /// What the file, or the first of several that says anything, tells of itself: GGUF's metadata,
  /// or the texts of a safetensors header.
  const Json& metadata() const { return metadata_; }
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
  Json metadata_ = Json::object();
};

/// The GGUF files of a folder, in their names' order.
std::vector<fs::path> gguf_files(const fs::path& folder);

}  // namespace imagine::io
