#include "io/weight_files.h"

#include <algorithm>
#include <set>
#include <vector>

#include "core/check.h"
#include "core/random.h"
#include "io/gguf.h"
#include "io/json_file.h"

namespace imagine::io {
namespace {

constexpr std::string_view kIndex = ".safetensors.index";

/// The files of a folder whose names begin with `stem` and end with `end`, in their names' order.
std::vector<fs::path> files_of(const fs::path& folder, const std::string& stem,
                               const std::string& end) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(stem) && name.ends_with(end)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

/// What lies in a folder in place of safetensors, and what to do about it.
std::string found_instead(const fs::path& folder) {
  for (const auto* end : {".bin", ".pt", ".pth", ".ckpt", ".msgpack", ".h5"}) {
    const auto files = files_of(folder, "", end);
    if (files.empty()) continue;
    return concat(", but ", files.front().filename().string(),
                  ", which is not read: take the model's safetensors, or convert it");
  }
  const auto ggufs = gguf_files(folder);
  return ggufs.empty() ? "" : concat(", but ", ggufs.front().filename().string());
}

bool is_shard(const fs::path& file) {
  return file.filename().string().find("-of-") != std::string::npos;
}

}  // namespace

WeightFiles::WeightFiles(const SafetensorsFile& file) : path_(file.path()) { add(file); }

WeightFiles WeightFiles::find(const fs::path& folder, const std::string& stem) {
  const auto plain = folder / (stem + ".safetensors");
  if (fs::exists(plain)) return SafetensorsFile(plain);
  const auto index = folder / concat(stem, kIndex, ".json");
  if (fs::exists(index)) return of_index(index);
  for (const auto& file : files_of(folder, stem + ".", ".json")) {
    if (file.filename().string().find(kIndex) != std::string::npos) return of_index(file);
  }
  for (const auto& file : files_of(folder, stem + ".", ".safetensors")) {
    if (!is_shard(file)) return SafetensorsFile(file);
  }
  throw FormatError(concat(plain.string(), ": expected this file or ", index.filename().string(),
                           ", found neither", found_instead(folder)));
}

WeightFiles WeightFiles::open(const fs::path& file) {
  const auto mapping = std::make_shared<MappedFile>(file);
  if (!is_gguf(mapping->bytes())) return SafetensorsFile(file);
  auto content = parse_gguf(mapping->bytes(), file.string());
  WeightFiles files(file);
  files.metadata_ = std::move(content.metadata);
  for (auto& [name, view] : content.tensors) {
    files.tensors_.emplace(name, Entry{std::move(view), mapping});
  }
  return files;
}

WeightFiles WeightFiles::of_index(const fs::path& index) {
  const auto where = index.string();
  const auto json = read_json(index);
  const auto map = json.is_object() ? json.value("weight_map", Json()) : Json();
  check<FormatError>(map.is_object() && !map.empty(), where,
                     ": expected an object weight_map of tensors and files, got ", map.type_name());
  std::set<std::string> names;
  for (const auto& [tensor, file] : map.items()) {
    check<FormatError>(file.is_string(), where, ": ", tensor, ": expected a file's name, got ",
                       file.dump());
    const auto name = file.get<std::string>();
    check<FormatError>(fs::path(name).filename() == name && name != "..", where, ": ", tensor,
                       ": expected the name of a file beside the index, got ", file.dump());
    names.insert(name);
  }
  WeightFiles files(index);
  for (const auto& name : names) files.add(SafetensorsFile(index.parent_path() / name));
  for (const auto& [tensor, file] : map.items()) {
    check<FormatError>(files.tensors_.contains(tensor), where, ": ", tensor, ": expected it in ",
                       file.dump(), ", found it in no shard");
  }
  return files;
}

void WeightFiles::add(const SafetensorsFile& file) {
  if (metadata_.empty()) metadata_.update(Json(file.metadata()));
  for (const auto& [name, view] : file.tensors()) {
    const bool is_new = tensors_.emplace(name, Entry{view, file.mapping()}).second;
    check<FormatError>(is_new, file.path().string(), ": tensor ", name,
                       ": expected it once, found it in two shards");
  }
}

std::uint64_t WeightFiles::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [name, entry] : tensors_) sum += entry.view.bytes.size();
  return sum;
}

std::uint64_t WeightFiles::fingerprint() const {
  constexpr std::size_t kSamples = 4, kSample = 256;
  std::string known;
  for (const auto& [name, entry] : tensors_) {
    const auto bytes = entry.view.bytes;
    known += concat(name, ' ', type_name(entry.view));
    for (const auto side : entry.view.shape) known += concat(' ', side);
    for (std::size_t i = 0; i < kSamples; ++i) {
      const auto sample = bytes.subspan(bytes.size() / kSamples * i);
      const auto* first = reinterpret_cast<const char*>(sample.data());
      known.append(first, std::min(kSample, sample.size()));
    }
  }
  return stable_hash(known);
}

std::vector<fs::path> gguf_files(const fs::path& folder) { return files_of(folder, "", ".gguf"); }

}  // namespace imagine::io
