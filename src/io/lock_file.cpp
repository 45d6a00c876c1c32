#include "io/lock_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "core/check.h"

namespace imagine::io {
namespace {

constexpr std::size_t kLongestName = 256;  // bytes of what a holder says

bool same_file(int descriptor, const fs::path& path) {
  struct stat held, there;
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/// 0, or the system's reason.
int lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

bool LockFile::take() {
  while (true) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    check<ResourceError>(descriptor_ >= 0, path_.string(), ": cannot open: ", std::strerror(errno));
    const int reason = lock(descriptor_);
    if (reason == 0 && same_file(descriptor_, path_)) {
      sign();
      return true;
    }
    ::close(std::exchange(descriptor_, -1));
    if (reason != 0) return reason != EWOULDBLOCK;  // else a file system without locks
    // It was removed meanwhile by who held it.
  }
}

void LockFile::release() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());  // while it is held: who opens it now finds that it is gone
  ::close(std::exchange(descriptor_, -1));
}

/// As printable as it should be.
std::string LockFile::holder() const {
  std::array<char, kLongestName> text{};
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  const auto size = std::max<ssize_t>(0, ::pread(descriptor, text.data(), text.size(), 0));
  if (descriptor >= 0) ::close(descriptor);
  const std::string said(text.data(), std::size_t(size));
  const auto end = std::ranges::find_if(said, [](unsigned char c) { return c < ' ' || c > '~'; });
  return end == said.begin() ? "another process" : std::string(said.begin(), end);
}

void LockFile::sign() const {
  std::array<char, kLongestName> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto text = concat("process ", ::getpid(), " on ", host.data());
  // Who cannot be named is "another process" to others: no reason to stop.
  [[maybe_unused]] const bool signed_ =
      ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, text.data(), text.size(), 0) > 0;
}

}  // namespace imagine::io
