#include "train/checkpoint.h"

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <vector>

#include <torch/utils.h>

#include "core/check.h"
#include "io/safetensors.h"
#include "nn/tensor_file.h"

namespace imagine::train {
namespace {

constexpr std::size_t kKept = 2;

/// Oldest first: the names sort by the number of updates.
std::vector<io::fs::path> checkpoints_in(const io::fs::path& folder) {
  std::vector<io::fs::path> found;
  std::error_code error;
  for (const auto& entry : io::fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("update-") && name.ends_with(".safetensors"))
      found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

const std::string& entry_of(const io::SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  check<FormatError>(found != file.metadata().end(), file.path().string(), ": expected \"", key,
                     "\" in the metadata of a checkpoint, found none");
  return found->second;
}

}  // namespace

io::fs::path write_checkpoint(const io::fs::path& folder, const Checkpoint& checkpoint,
                              const std::string& identity) {
  io::fs::create_directories(folder);
  std::ostringstream name;
  name << "update-" << std::setw(9) << std::setfill('0') << checkpoint.update << ".safetensors";
  const auto path = folder / name.str();
  nn::save_tensors(checkpoint.tensors, path,
                   {{"update", std::to_string(checkpoint.update)},
                    {"views", std::to_string(checkpoint.views)},
                    {"seconds", std::to_string(checkpoint.seconds)},
                    {"identity", identity}});
  auto all = checkpoints_in(folder);
  for (std::size_t i = 0; i + kKept < all.size(); ++i) io::fs::remove(all[i]);
  return path;
}

std::optional<io::fs::path> newest_checkpoint(const io::fs::path& folder) {
  const auto all = checkpoints_in(folder);
  return all.empty() ? std::nullopt : std::optional(all.back());
}

Checkpoint read_checkpoint(const io::fs::path& path, const std::string& identity) {
  const io::SafetensorsFile file(path);
  check<ConfigError>(entry_of(file, "identity") == identity, path.string(),
                     ": expected a checkpoint of this configuration, got one of another; name "
                     "another \"out\" folder to start afresh");
  Checkpoint checkpoint;
  try {
    checkpoint.update = std::stoll(entry_of(file, "update"));
    checkpoint.views = std::stoll(entry_of(file, "views"));
    checkpoint.seconds = std::stod(entry_of(file, "seconds"));
  } catch (const std::logic_error&) {
    throw FormatError(path.string() + ": expected numbers in the metadata of a checkpoint");
  }
  for (const auto& [name, view] : file.tensors()) {
    checkpoint.tensors[name] = nn::tensor_of(file, name);
  }
  return checkpoint;
}

}  // namespace imagine::train
