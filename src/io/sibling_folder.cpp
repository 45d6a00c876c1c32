#include "io/sibling_folder.h"

#include <unistd.h>

#include "core/check.h"

namespace imagine::io {

SiblingFolder::SiblingFolder(const fs::path& target, const std::string& purpose)
    : path_(concat((target.parent_path() / ".").string(), target.filename().string(), '.', purpose,
                   '.', ::getpid())) {
  std::error_code error;
  fs::remove_all(path_, error);
  fs::create_directories(path_, error);
  check<ResourceError>(!error, path_.string(), ": expected to make this folder, got ",
                       error.message());
}

SiblingFolder::~SiblingFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  check<ResourceError>(!error, to.string(), ": expected to rename ", from.string(), " to it, got ",
                       error.message());
}

}  // namespace imagine::io
