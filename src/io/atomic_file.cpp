#include "io/atomic_file.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <unistd.h>

#include "core/check.h"
#include "io/leftovers.h"

namespace imagine::io {

namespace {

constexpr const char* kPrefix = ".imagine-";

/// The first file of this process in a folder removes what others left there.
void remove_leftovers_once(const fs::path& folder) {
  static std::mutex mutex;
  static std::set<fs::path> seen;
  {
    const std::lock_guard lock(mutex);
    if (!seen.insert(fs::absolute(folder / ".")).second) return;
  }
  remove_leftovers(folder, kPrefix);
}

/// A new name at each call, and short, so that the longest allowed `path` has one too.
fs::path temporary_beside(const fs::path& path) {
  static std::atomic<int> count = 0;
  return path.parent_path() / concat(kPrefix, process_tag(), '-', count++, ".tmp");
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path) {
  std::error_code dangling;
  if (fs::is_symlink(path)) path_ = fs::canonical(path, dangling);
  if (dangling) path_ = path;
  std::error_code missing;
  const auto status = fs::status(path_, missing);
  check<ResourceError>(!fs::exists(status) || fs::is_regular_file(status) ||
                           fs::is_directory(status),  // which renaming tells of
                       path_.string(),
                       ": expected a file, or nothing, to be replaced, got what "
                       "is none: a device, a pipe or a socket");
  remove_leftovers_once(path_.parent_path());
  do {
    temporary_ = temporary_beside(path_);
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail("create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes.remove_prefix(std::size_t(written));
  }
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) fail("write");
  const int closed = close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail("write");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("replace");
  temporary_.clear();
}

void AtomicFile::fail(const char* action) const {
  throw ResourceError(concat(path_.string(), ": cannot ", action, ": ", std::strerror(errno)));
}

}  // namespace imagine::io
