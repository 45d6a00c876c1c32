#include "hub/part_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"

namespace imagine::hub {
namespace {

void make_folder(const io::fs::path& folder) {
  std::error_code error;
  io::fs::create_directories(folder, error);
  check<ResourceError>(!error, folder.string(), ": expected to make this folder, got ",
                       error.message());
}

/// So that the new name outlives a loss of power too; file systems that cannot need not.
void sync_folder(const io::fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

PartFile::PartFile(io::fs::path path) : path_(std::move(path)) {
  make_folder(path_.parent_path());
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) fail("open");
  size_ = std::uint64_t(status.st_size);
}

PartFile::~PartFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

/// At its place, not at the end: two that write the same write it once.
void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), off_t(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    size_ += std::uint64_t(written);
    bytes.remove_prefix(std::size_t(written));
  }
}

void PartFile::cut(std::uint64_t size) {
  if (::ftruncate(descriptor_, off_t(size)) != 0) fail("cut");
  size_ = size;
}

void PartFile::commit(const io::fs::path& place) {
  make_folder(place.parent_path());
  if (::fsync(descriptor_) != 0) fail("write");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail("write");
  check<ResourceError>(::rename(path_.c_str(), place.c_str()) == 0, place.string(),
                       ": cannot be replaced: ", std::strerror(errno));
  sync_folder(place.parent_path());
}

void PartFile::remove() { ::unlink(path_.c_str()); }

void PartFile::fail(const char* action) const {
  throw ResourceError(concat(path_.string(), ": cannot ", action, ": ", std::strerror(errno)));
}

}  // namespace imagine::hub
