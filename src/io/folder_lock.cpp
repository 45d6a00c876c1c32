#include "io/folder_lock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "core/check.h"

namespace imagine::io {
namespace {

constexpr std::size_t kLongestName = 256;                  // bytes of what a holder says
constexpr auto kSigning = std::chrono::milliseconds(100);  // that a holder may take to say it

/// What stands in the file, as printable as it should be; "another process" where nothing does.
std::string holder(int descriptor) {
  std::array<char, kLongestName> text{};
  const auto size = std::max<ssize_t>(0, ::pread(descriptor, text.data(), text.size(), 0));
  const std::string said(text.data(), std::size_t(size));
  const auto end = std::ranges::find_if(said, [](unsigned char c) { return c < ' ' || c > '~'; });
  return end == said.begin() ? "another process" : std::string(said.begin(), end);
}

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

FolderLock::FolderLock(const fs::path& folder)
    : folder_((fs::absolute(folder) / "").lexically_normal().parent_path()),
      file_(folder / ".imagine.lock") {
  std::error_code error;
  for (auto place = folder_; !fs::exists(place, error); place = place.parent_path()) ++made_;
  fs::create_directories(folder_, error);
  check<ResourceError>(!error, folder.string(), ": expected to make this folder, got ",
                       error.message());
  while (!acquire()) continue;
}

/// False where the file was removed meanwhile by who held it.
bool FolderLock::acquire() {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  check<ResourceError>(descriptor_ >= 0, file_.string(), ": cannot open: ", std::strerror(errno));
  const int reason = lock(descriptor_);
  if (reason == 0 && same_file(descriptor_, file_)) {
    sign();
    return true;
  }
  const int descriptor = std::exchange(descriptor_, -1);
  if (reason == EWOULDBLOCK) std::this_thread::sleep_for(kSigning);
  const auto other = holder(descriptor);
  ::close(descriptor);
  check<InputError>(reason != EWOULDBLOCK, folder_.string(),
                    ": expected a folder that nobody else writes to, got one that ", other,
                    " writes to; wait for its end, or choose another folder");
  return reason != 0;  // a file system without locks
}

void FolderLock::sign() const {
  std::array<char, kLongestName> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto text = concat("process ", ::getpid(), " on ", host.data());
  // Who cannot be named is "another process" to others: no reason to stop.
  [[maybe_unused]] const bool signed_ =
      ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, text.data(), text.size(), 0) > 0;
}

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());  // while it is held: who opens it now finds that it is gone
  ::close(descriptor_);
  std::error_code ignored;
  for (; made_ > 0 && fs::is_empty(folder_, ignored); --made_) {
    fs::remove(folder_, ignored);
    folder_ = folder_.parent_path();
  }
}

}  // namespace imagine::io
