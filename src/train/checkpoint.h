/// Everything a run needs to go on as if it had never stopped.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "io/file.h"
#include "tensor/types.h"

namespace imagine::train {

struct Checkpoint {
  int64_t update = 0;                     ///< updates made
  int64_t views = 0;                      ///< pictures seen
  double seconds = 0;                     ///< spent training, over all starts of the run
  std::map<std::string, Tensor> tensors;  ///< as they were read: mapped, not to be written to
};

/// Writes FOLDER/update-000123.safetensors atomically and then removes all but the two newest.
/// `identity` says of what run it is (its config); read_checkpoint refuses another one's.
io::fs::path write_checkpoint(const io::fs::path& folder, const Checkpoint& checkpoint,
                              const std::string& identity);

/// The newest checkpoint of the folder; none where there is none.
std::optional<io::fs::path> newest_checkpoint(const io::fs::path& folder);

/// FormatError for a damaged file; ConfigError where it belongs to another run.
Checkpoint read_checkpoint(const io::fs::path& path, const std::string& identity);

}  // namespace imagine::train
